"""Builds the schema from nothing in a scratch database: proof that the migrations alone are enough."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.database.access.roles import Roles
from app.database.bootstrap import make_ready
from app.database.engine import connected
from app.database.errors import DatabaseError
from app.database.revisions.catalogue import Fingerprint, differences, fingerprint, restricted
from app.database.revisions.migrate import current, head, revisions, upgrade
from app.database.run_tables import leftover_tables, run_tables
from app.database.schema import metadata
from app.database.scratch import scratch_database


class SchemaDrift(DatabaseError):
    """Migrations and metadata do not describe the same schema; the message lists the differences."""

    code = "SCHEMA_DRIFT"


class HoldsData(DatabaseError):
    """A database named for a rebuild from zero has tables; nothing was changed."""

    code = "HOLDS_DATA"


@dataclass(frozen=True, slots=True)
class FromZero:
    """The result of a build from nothing."""

    head: str
    revisions: tuple[str, ...]
    relations: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def migrate_from_zero(server_url: sa.URL, *, database: str | None = None) -> FromZero:
    """Migrate a scratch database (or the empty one named) from nothing to head and compare it with the metadata.

    Raises HoldsData when `database` has any table, SchemaDrift when head and metadata differ.
    """
    if database is None:
        with scratch_database(server_url, prefix="from_zero") as url:
            return _build(server_url, url)
    url = server_url.set(database=database)
    _refuse_data(url)
    return _build(server_url, url)


@dataclass(frozen=True, slots=True)
class Expected:
    """The fingerprint of a database at head, with owners and privileges if roles were named, and the differences
    between head and the metadata."""

    at_head: Fingerprint
    access: bool
    undeclared: list[str]


def expected(server_url: sa.URL, roles: Roles | None = None) -> Expected:
    """Build head from zero in one scratch database and the metadata in another, and compare them.

    Objects outside the metadata (functions, triggers) are compared with head alone.
    """
    access = roles is not None
    with scratch_database(server_url, prefix="at_head") as migrated:
        if roles is None:
            upgrade(migrated)
        else:
            make_ready(migrated, roles)
        at_head, schema_alone = _fingerprint_of(migrated, access=access), _fingerprint_of(migrated, access=False)
    with scratch_database(server_url, prefix="from_metadata") as declared:
        should_be = _as_declared(declared)
    schemas = _declared_schemas()
    return Expected(at_head, access, differences(restricted(should_be, schemas), restricted(schema_alone, schemas)))


def drift(url: sa.URL, should_be: Expected) -> list[str]:
    """Differences between the database at `url` and the expected one; empty when there are none."""
    return list(drifting(url, should_be))


def drifting(url: sa.URL, should_be: Expected) -> Generator[str]:
    """The differences one by one, for a caller that needs only the first and then closes the iterator.

    In this order: the catalogue, the tables of runs (no drift while each snapshot is whole), and alembic's comparison,
    which takes nine tenths of the time.
    """
    with connected(url) as connection:
        yield from differences(should_be.at_head, fingerprint(connection, access=should_be.access))
        yield from should_be.undeclared
        yield from leftover_tables(connection)
        yield from _as_alembic_sees_it(connection)


def _fingerprint_of(url: sa.URL, *, access: bool) -> Fingerprint:
    with connected(url) as connection:
        return fingerprint(connection, access=access)


def _declared_schemas() -> set[str]:
    return {str(table.schema) for table in metadata.tables.values()}


def _as_alembic_sees_it(connection: sa.Connection) -> list[str]:
    of_runs = {(one.schema, one.name) for one in run_tables(connection)}

    def is_ours(name: str | None, kind: str, parents: Any) -> bool:
        """A filter applied before reflection, so that a hundred runs cost nothing."""
        if kind == "schema":
            return name in _declared_schemas()
        return kind != "table" or (parents["schema_name"], name) not in of_runs

    options = {
        "include_schemas": True,
        "compare_type": True,
        "compare_server_default": True,
        "include_name": is_ours,
    }
    context = MigrationContext.configure(connection, opts=options)
    with warnings.catch_warnings():
        # SQLAlchemy warns of what it cannot reflect (a check that is not valid); the catalogue's comparison sees it.
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        return [str(difference) for difference in compare_metadata(context, metadata)]


def _as_declared(url: sa.URL) -> Fingerprint:
    with connected(url) as connection:
        for schema in sorted(_declared_schemas()):
            connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
        metadata.create_all(connection)
        return fingerprint(connection, access=False)


def _build(server_url: sa.URL, url: sa.URL) -> FromZero:
    upgrade(url)
    if current(url) != head():
        raise SchemaDrift(f"The migrations ended at {current(url)}, not at head {head()}.")
    found = drift(url, expected(server_url))
    if found:
        raise SchemaDrift("Head differs from app/database/schema: " + "; ".join(found))
    return FromZero(head(), tuple(revisions()), len(metadata.tables))


HOLDINGS = sa.text("""
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL SELECT 'large object ' || oid FROM pg_largeobject_metadata
    ORDER BY 1
""")


def _refuse_data(url: sa.URL) -> None:
    with connected(url) as connection:
        found = list(connection.execute(HOLDINGS).scalars())
    if found:
        raise HoldsData(
            f"Database {url.database} holds {len(found)} tables ({found[0]} is one) and is left alone. "
            "Name an empty one, or none for a scratch one."
        )

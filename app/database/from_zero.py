"""The schema from nothing, in a scratch database: proof that the migrations alone build it."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.database.catalogue import differences, fingerprint
from app.database.engine import make_engine
from app.database.errors import DatabaseError
from app.database.migrate import current, head, revisions, upgrade
from app.database.run_tables import debris, run_tables
from app.database.schema import metadata, queue
from app.database.scratch import scratch_database

DECLARED = sorted({str(table.schema) for table in metadata.tables.values()})
"""Schemas whose tables are in the metadata."""


class SchemaDrift(DatabaseError):
    """Migrations and metadata do not describe the same schema; the message lists the differences."""

    code = "SCHEMA_DRIFT"


class HoldsData(DatabaseError):
    """A database named for a rebuild from zero holds tables; nothing was touched."""

    code = "HOLDS_DATA"


@dataclass(frozen=True, slots=True)
class FromZero:
    """What a build from nothing ended in."""

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


def drift(url: sa.URL, server_url: sa.URL) -> list[str]:
    """Differences between the database at `url` and the metadata; empty when there are none.

    Three looks: alembic's comparison, the whole catalogue against one made from the metadata in a scratch database,
    and the runs' own tables, which are no drift as long as each snapshot is whole.
    """
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            found = _as_alembic_sees_it(connection) + debris(connection)
            is_built = fingerprint(connection, access=False)
    finally:
        engine.dispose()
    with scratch_database(server_url, prefix="from_metadata") as declared:
        should_be = _as_declared(declared)
    return found + differences(should_be, is_built)


def _as_alembic_sees_it(connection: sa.Connection) -> list[str]:
    of_runs = {(one.schema, one.name) for one in run_tables(connection)}

    def is_ours(name: str | None, kind: str, parents: Any) -> bool:
        """Asked before anything is reflected, so that a hundred runs cost nothing."""
        if kind == "schema":
            return name in DECLARED
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


def _as_declared(url: sa.URL) -> dict[str, Any]:
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            for schema in DECLARED:
                connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
            metadata.create_all(connection)
            queue.create(connection)
            return fingerprint(connection, access=False)
    finally:
        engine.dispose()


def _build(server_url: sa.URL, url: sa.URL) -> FromZero:
    upgrade(url)
    if current(url) != head():
        raise SchemaDrift(f"The migrations ended at {current(url)}, not at head {head()}.")
    found = drift(url, server_url)
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
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            found = list(connection.execute(HOLDINGS).scalars())
    finally:
        engine.dispose()
    if found:
        raise HoldsData(
            f"Database {url.database} holds {len(found)} tables ({found[0]} is one) and is left alone. "
            "Name an empty one, or none for a scratch one."
        )

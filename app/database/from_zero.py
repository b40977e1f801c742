"""The schema from nothing, in a scratch database: proof that the migrations alone build it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.database.catalogue import differences, fingerprint
from app.database.engine import make_engine
from app.database.errors import DatabaseError
from app.database.migrate import current, head, revisions, upgrade
from app.database.schema import metadata
from app.database.scratch import scratch_database


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
    """Differences between the database at `url` and the metadata: alembic's comparison, then the whole catalogue."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            options = {
                "include_schemas": True,
                "compare_type": True,
                "compare_server_default": True,
                "include_name": _is_ours,
                "include_object": lambda thing, name, kind, reflected, other: _of_schema(name, kind, reflected),
            }
            context = MigrationContext.configure(connection, opts=options)
            found = [str(difference) for difference in compare_metadata(context, metadata)]
            is_built = fingerprint(connection, access=False)
    finally:
        engine.dispose()
    with scratch_database(server_url, prefix="from_metadata") as declared:
        engine = make_engine(declared)
        try:
            with engine.begin() as connection:
                for schema in ("audit", "core", "staging"):
                    connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
                metadata.create_all(connection)
                should_be = fingerprint(connection, access=False)
        finally:
            engine.dispose()
    return found + differences(should_be, is_built)


def _is_ours(name: str | None, kind: str, _: Any) -> bool:
    return kind != "schema" or name in ("audit", "core", "staging")


def _of_schema(name: str | None, kind: str, reflected: bool) -> bool:
    """A run's partition or staging table is data, not schema; the catalogue comparison leaves out the same."""
    suffix = (name or "").rpartition("_r")[2]
    return not (kind == "table" and reflected and suffix.isdigit())


def _build(server_url: sa.URL, url: sa.URL) -> FromZero:
    upgrade(url)
    if current(url) != head():
        raise SchemaDrift(f"The migrations ended at {current(url)}, not at head {head()}.")
    found = drift(url, server_url)
    if found:
        raise SchemaDrift("Head differs from app/database/schema: " + "; ".join(found))
    return FromZero(head(), tuple(revisions()), len(metadata.tables))


def _refuse_data(url: sa.URL) -> None:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            tables = connection.execute(
                sa.text(
                    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                    " WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
                )
            ).scalar_one()
    finally:
        engine.dispose()
    if tables:
        raise HoldsData(
            f"Database {url.database} holds {tables} tables and is left alone. "
            "Name an empty one, or none for a scratch one."
        )

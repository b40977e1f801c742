"""A run's partitions: created, filled, indexed like their parents, and attached with the weakest locks.

Only the DDL runs as the owner. Rows are written as the ingestion role, which loses its grant before the partition is
attached, so that only the owner can write a published snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEET_BY_NAME, Relationship, Sheet
from app.database.access.roles import Roles
from app.database.schema import SNAPSHOT_TABLES
from app.ingestion.tables.names import RunTables, content_columns, listed, partition_name
from app.ingestion.tables.order import REFERENCED_FIRST

_PARENT_KEY = sa.text(
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST(:parent AS regclass) AND contype = 'p'"
)
_PARENT_INDEXES = sa.text(
    "SELECT i.indisunique, pg_get_indexdef(i.indexrelid) FROM pg_index i"
    " WHERE i.indrelid = CAST(:parent AS regclass) AND NOT i.indisprimary ORDER BY i.indexrelid"
)


@contextmanager
def as_owner(connection: sa.Connection, roles: Roles) -> Iterator[None]:
    """Act as the owner for the block, then as the ingestion role again; ends with the transaction if the block
    fails."""
    connection.exec_driver_sql(f'SET LOCAL ROLE "{roles.owner}"')
    yield
    connection.exec_driver_sql(f'SET LOCAL ROLE "{roles.ingest}"')


def create_partitions(connection: sa.Connection, tables: RunTables, roles: Roles) -> None:
    """Create one table for each of core's, without indexes, with a CHECK on the run that lets ATTACH skip its scan."""
    with as_owner(connection, roles):
        for table in SNAPSHOT_TABLES:
            partition = tables.named(table)
            connection.exec_driver_sql(
                f"CREATE TABLE {partition} (LIKE core.{table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
                f" INCLUDING STORAGE, CHECK (run_id = {tables.run_id:d}))"
            )
            connection.exec_driver_sql(f'GRANT SELECT, INSERT ON {partition} TO "{roles.ingest}"')


def fill_statement(sheet: Sheet, tables: RunTables) -> str:
    """SQL that inserts the accepted rows.

    A sheet without key gets an identity that is the same in every run: the md5 of the row's content, and a number among
    identical rows. It depends neither on the run nor on the order of rows.
    """
    names = listed(content_columns(sheet))
    source = f"{tables.staging(sheet)} WHERE reject_code IS NULL"
    if sheet.key:
        return (
            f"INSERT INTO {tables.partition(sheet)} (run_id, {names}) SELECT {tables.run_id:d}, {names} FROM {source}"
        )
    return (
        f"INSERT INTO {tables.partition(sheet)} (run_id, {names}, event_digest, occurrence)"
        f" SELECT {tables.run_id:d}, {names}, event_digest, row_number() OVER (PARTITION BY event_digest)"
        f" FROM (SELECT {names}, CAST(md5(CAST(ROW({names}) AS text)) AS uuid) AS event_digest FROM {source}) AS event"
    )


def index_partition(connection: sa.Connection, table: str, tables: RunTables, roles: Roles) -> None:
    """Create the parent's primary key and indexes on the partition, as the catalogue has them now."""
    parent, partition = f"core.{table}", tables.named(table)
    with as_owner(connection, roles):
        key = connection.execute(_PARENT_KEY, {"parent": parent}).scalar_one()
        connection.exec_driver_sql(f"ALTER TABLE {partition} ADD {key}")
        for unique, definition in connection.execute(_PARENT_INDEXES, {"parent": parent}).all():
            shape = definition.split(" USING ", 1)[1]
            kind = "UNIQUE INDEX" if unique else "INDEX"
            connection.exec_driver_sql(f"CREATE {kind} ON {partition} USING {shape}")
        connection.exec_driver_sql(f"ANALYZE {partition}")


def reference_name(relationship: Relationship, tables: RunTables) -> str:
    """Name of the foreign key of an enforced relationship between two partitions of this run."""
    return f"{partition_name(SHEET_BY_NAME[relationship.from_sheet].table, tables.run_id)}_parent_fk"


def reference_statement(relationship: Relationship, tables: RunTables) -> str:
    """SQL for the foreign key of an enforced relationship between two partitions of this run."""
    sheet, (link,) = SHEET_BY_NAME[relationship.from_sheet], relationship.links
    target = SHEET_BY_NAME[link.to_sheet]
    return (
        f"ALTER TABLE {tables.partition(sheet)} ADD CONSTRAINT {reference_name(relationship, tables)}"
        f" FOREIGN KEY (run_id, {sheet.column(link.from_header).name})"
        f" REFERENCES {tables.partition(target)} (run_id, {target.column(link.to_header).name})"
    )


def reference_partition(connection: sa.Connection, sheet: Sheet, tables: RunTables, roles: Roles) -> None:
    """Create the foreign keys of the sheet's enforced relationships; existing rows are checked."""
    with as_owner(connection, roles):
        for relationship in RELATIONSHIPS:
            if relationship.enforced and relationship.from_sheet == sheet.name:
                connection.exec_driver_sql(reference_statement(relationship, tables))


def attach_partitions(connection: sa.Connection, tables: RunTables, roles: Roles) -> None:
    """Attach all partitions, referenced ones first, as the last step.

    The lock on the parents (SHARE UPDATE EXCLUSIVE) stops no reader and no writer, but another plant's ATTACH waits for
    it until this transaction ends.
    """
    with as_owner(connection, roles):
        for table in REFERENCED_FIRST:
            partition = tables.named(table)
            connection.exec_driver_sql(f'REVOKE ALL ON {partition} FROM "{roles.ingest}"')
            connection.exec_driver_sql(
                f"ALTER TABLE core.{table} ATTACH PARTITION {partition} FOR VALUES IN ({tables.run_id:d})"
            )


def drop_partitions(connection: sa.Connection, tables: RunTables, roles: Roles) -> None:
    """Drop the partitions that this transaction created and did not attach."""
    with as_owner(connection, roles):
        connection.exec_driver_sql(f"DROP TABLE {', '.join(tables.named(table) for table in SNAPSHOT_TABLES)}")

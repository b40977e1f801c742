"""A run's staging tables: UNLOGGED, made from the templates, dropped before the transaction ends."""

from __future__ import annotations

import sqlalchemy as sa

from app.contract import SHEETS, Sheet
from app.database.access.roles import Roles
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.partitions import as_owner

SAMPLE_TARGET = 10
"""Statistics target: 3,000 rows."""


def create_staging(connection: sa.Connection, tables: RunTables, roles: Roles) -> None:
    """Create one table for each sheet, with the run in its name, so that runs of two plants do not collide."""
    with as_owner(connection, roles):
        for sheet in SHEETS:
            table = tables.staging(sheet)
            connection.exec_driver_sql(
                f"CREATE UNLOGGED TABLE {table} (LIKE staging.{sheet.table}) WITH (autovacuum_enabled = off)"
            )
            connection.exec_driver_sql(f'GRANT SELECT, INSERT, UPDATE ON {table} TO "{roles.ingest}"')


def analyse_staging(connection: sa.Connection, sheet: Sheet, tables: RunTables, roles: Roles) -> None:
    """Collect statistics for the planner, which a new table lacks. A small sample is enough."""
    with as_owner(connection, roles):
        connection.exec_driver_sql(f"SET LOCAL default_statistics_target = {SAMPLE_TARGET}")
        connection.exec_driver_sql(f"ANALYZE {tables.staging(sheet)}")
        connection.exec_driver_sql("SET LOCAL default_statistics_target = DEFAULT")


def drop_staging(connection: sa.Connection, tables: RunTables, roles: Roles) -> None:
    """Drop the staging tables before the transaction ends."""
    with as_owner(connection, roles):
        connection.exec_driver_sql(f"DROP TABLE {', '.join(tables.staging(sheet) for sheet in SHEETS)}")

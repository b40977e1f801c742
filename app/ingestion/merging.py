"""One sheet from staging into the run's partition: refused rows out, the others in, keyed, indexed, compared.

A sheet is merged after those that it refers to (app.ingestion.order), so everything that can be said of it is said now.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.database.roles import Roles
from app.ingestion.comparison import Difference, difference
from app.ingestion.partitions import fill_statement, index_partition, reference_partition
from app.ingestion.plant import Live
from app.ingestion.rejection import reject_rows
from app.ingestion.relationships import Measured, measure_relationships
from app.ingestion.request import Stopwatch
from app.ingestion.staging import analyse_staging
from app.ingestion.tables import RunTables
from app.workbook.contract import Sheet


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged sheet, counted where the rows lie.

    loaded: rows in staging. merged: rows in the partition. difference: keys against the live snapshot.
    measured: match rates of the sheet's own references.
    """

    sheet: str
    loaded: int
    merged: int
    difference: Difference
    measured: tuple[Measured, ...]


def merge_sheet(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, roles: Roles, live: Live | None, watch: Stopwatch
) -> Merged:
    """Merge a staged sheet; the sheets that it refers to have been merged."""
    with watch.phase("load"):
        analyse_staging(connection, sheet, tables, roles)
        loaded = count(connection, tables.staging(sheet))
    with watch.phase("merge"):
        reject_rows(connection, sheet, tables)
    with watch.phase("match rates"):
        measured = measure_relationships(connection, sheet, tables)
    with watch.phase("merge"):
        connection.exec_driver_sql(fill_statement(sheet, tables))
    with watch.phase("index"):
        index_partition(connection, sheet.table, tables, roles)
        reference_partition(connection, sheet, tables, roles)
    with watch.phase("compare"):
        merged = count(connection, tables.partition(sheet))
        compared = difference(connection, sheet, tables, live.run_id if live else None, merged)
    return Merged(sheet.name, loaded, merged, compared, measured)


def count(connection: sa.Connection, table: str) -> int:
    """Rows of a table."""
    rows: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
    return rows

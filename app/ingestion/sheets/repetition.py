"""Finds a sheet without key of which most rows stand more than once."""

from __future__ import annotations

import sqlalchemy as sa

from app.contract import Sheet
from app.ingestion.tables.names import RunTables, content_columns, listed
from app.workbook.judging.repeated_events import Repeated, are_repeated


def repeated_events(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None
) -> Repeated | None:
    """Judge a merged sheet. None if its rows do not repeat, or if those of the live run do as well. Needs the sheet's
    staging table."""
    if sheet.key:
        return None
    contents, repeated = _counted(connection, tables.partition(sheet), tables.run_id)
    if not are_repeated(contents, repeated):
        return None
    if live_run_id is not None and are_repeated(*_counted(connection, f"core.{sheet.table}", live_run_id)):
        return None
    first, second = connection.exec_driver_sql(
        f"SELECT min(excel_row), (array_agg(excel_row ORDER BY excel_row))[2] FROM {tables.staging(sheet)}"
        f" WHERE reject_code IS NULL GROUP BY {listed(content_columns(sheet))} HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
    ).one()
    return Repeated(sheet.name, contents, repeated, (first, second))


def _counted(connection: sa.Connection, table: str, run_id: int) -> tuple[int, int]:
    """Count the different rows, and how many of them stand more than once."""
    row = connection.exec_driver_sql(
        "SELECT count(*) FILTER (WHERE occurrence = 1), count(*) FILTER (WHERE occurrence = 2)"
        f" FROM {table} WHERE run_id = {run_id:d}"
    ).one()
    return row[0], row[1]

"""Finds the totals row of a merged sheet."""

from __future__ import annotations

import sqlalchemy as sa

from app.contract import Sheet
from app.ingestion.tables.names import RunTables
from app.workbook.judging.totals import FEWEST_ROWS, FEWEST_SUMMED, PRECISION, TotalsRow, summed_columns


def totals_row(connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None) -> TotalsRow | None:
    """The row that is the sum of all others. None if there is none, or if the live run has one as well: somebody has
    let it pass. Needs the sheet's staging table."""
    names = [column.name for column in summed_columns(sheet)]
    if not names:
        return None
    staged = f"SELECT * FROM {tables.staging(sheet)} WHERE reject_code IS NULL"
    excel_row = _totals_row(connection, staged, "excel_row", names)
    if excel_row is None:
        return None
    if live_run_id is not None:
        live = f"SELECT * FROM core.{sheet.table} WHERE run_id = {live_run_id:d}"
        if _totals_row(connection, live, "run_id", names) is not None:
            return None
    return TotalsRow(sheet.name, excel_row)


def _totals_row(connection: sa.Connection, rows: str, wanted: str, names: list[str]) -> int | None:
    """The lowest value of the wanted column in rows that are the sum of all others; None without such a row."""
    sums = ", ".join(f"sum({name}) AS {name}, count(*) FILTER (WHERE {name} <> 0) AS {name}_count" for name in names)
    is_sum = " AND ".join(
        f"abs(2 * one.{name} - whole.{name}) <= {PRECISION} * abs(whole.{name})"
        f" AND (whole.{name} = 0 OR whole.{name}_count >= {FEWEST_SUMMED})"
        for name in names
    )
    is_any = " OR ".join(f"whole.{name} <> 0" for name in names)
    found: int | None = connection.exec_driver_sql(
        f"WITH every AS ({rows}) SELECT min(one.{wanted}) FROM every AS one,"
        f" (SELECT count(*) AS row_count, {sums} FROM every) AS whole"
        f" WHERE whole.row_count >= {FEWEST_ROWS} AND ({is_any}) AND {is_sum}"
    ).scalar_one()
    return found

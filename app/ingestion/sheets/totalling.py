"""Finds the totals row of a merged sheet."""

from __future__ import annotations

import sqlalchemy as sa

from app.contract import Sheet
from app.ingestion.tables.names import RunTables
from app.workbook.judging.totals import FEWEST_ROWS, FEWEST_SUMMED, PRECISION, TotalsRow, summed_columns


def totals_row(connection: sa.Connection, sheet: Sheet, tables: RunTables) -> TotalsRow | None:
    """The row that is the sum of all others, if there is one. Needs the sheet's staging table."""
    names = [column.name for column in summed_columns(sheet)]
    if not names:
        return None
    sums = ", ".join(f"sum({name}) AS {name}, count(*) FILTER (WHERE {name} <> 0) AS {name}_count" for name in names)
    is_sum = " AND ".join(
        f"abs(2 * staged.{name} - whole.{name}) <= {PRECISION} * abs(whole.{name})"
        f" AND (whole.{name} = 0 OR whole.{name}_count >= {FEWEST_SUMMED})"
        for name in names
    )
    is_any = " OR ".join(f"whole.{name} <> 0" for name in names)
    excel_row: int | None = connection.exec_driver_sql(
        f"SELECT min(staged.excel_row) FROM {tables.staging(sheet)} AS staged,"
        f" (SELECT count(*) AS row_count, {sums} FROM {tables.partition(sheet)}) AS whole"
        f" WHERE staged.reject_code IS NULL AND whole.row_count >= {FEWEST_ROWS} AND ({is_any}) AND {is_sum}"
    ).scalar_one()
    return None if excel_row is None else TotalsRow(sheet.name, excel_row)

"""Tells corrected rows from lost ones in a sheet without key.

A corrected row of such a sheet is another row: one is gone and one is new. It stays with its work order, so as many
rows of an order as are both gone and new were corrected.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import Sheet
from app.contract.quality_issues import FEWEST_CHANGED, REVISABLE_WARNED_ABOVE_PERCENT
from app.ingestion.sheets.archiving import ORDERS, reference_to
from app.ingestion.sheets.comparison import Difference
from app.ingestion.sheets.rewriting import ALTERED_ABOVE_PERCENT, FEWEST_ROWS
from app.ingestion.tables.names import EVENT_KEY, RunTables, content_columns, listed
from app.workbook.judging.reject_limits import exceeds


@dataclass(frozen=True, slots=True)
class Corrected:
    """A sheet without key of which rows were corrected. excel_row: the first of them that the live run does not
    have at all, if any."""

    sheet: str
    live_rows: int
    corrected: int
    excel_row: int | None

    @property
    def is_implausible(self) -> bool:
        """True if more rows were corrected than a truthful export corrects."""
        return self.live_rows >= FEWEST_ROWS and exceeds(self.corrected, self.live_rows, ALTERED_ABOVE_PERCENT)

    @property
    def is_noticed(self) -> bool:
        """True if enough rows were corrected for a warning, or for more than that."""
        few = self.live_rows < FEWEST_ROWS or self.corrected < FEWEST_CHANGED
        return not few and exceeds(self.corrected, self.live_rows, REVISABLE_WARNED_ABOVE_PERCENT)

    @property
    def sentence(self) -> str:
        """The change in words."""
        first = f", the first of them in row {self.excel_row}" if self.excel_row else ""
        return (
            f"{self.sheet}: {self.corrected:,} of {self.live_rows:,} rows of the live run have other values now{first}"
        )


def corrected_events(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None, difference: Difference
) -> Corrected | None:
    """Count the corrected rows of a merged sheet without key. None if too few rows are gone for any judgement. Needs
    the sheet's staging table."""
    order = reference_to(sheet, ORDERS)
    too_few = not exceeds(difference.deleted, difference.live_rows, REVISABLE_WARNED_ABOVE_PERCENT)
    if live_run_id is None or sheet.key or order is None or too_few or not difference.inserted:
        return None
    corrected, first = connection.exec_driver_sql(_statement(sheet, order[0], tables, live_run_id)).one()
    return Corrected(sheet.name, difference.live_rows, corrected, first) if corrected else None


def _statement(sheet: Sheet, order: str, tables: RunTables, live_run_id: int) -> str:
    """SQL for the number of corrected rows and the first Excel row of them."""
    mine = f"(SELECT * FROM {tables.partition(sheet)} WHERE run_id = {tables.run_id:d})"
    live = f"(SELECT * FROM core.{sheet.table} WHERE run_id = {live_run_id:d})"
    digest = f"CAST(md5(CAST(ROW({listed(content_columns(sheet), 's')}) AS text)) AS uuid)"
    return f"""
WITH gone AS ({_only_in(live, mine, order)}), new AS ({_only_in(mine, live, order)}),
corrected AS MATERIALIZED (
  SELECT {order}, least(gone.row_count, new.row_count) AS row_count FROM gone JOIN new USING ({order})
)
SELECT coalesce((SELECT sum(row_count) FROM corrected), 0), (SELECT min(s.excel_row) FROM {tables.staging(sheet)} AS s
  WHERE s.reject_code IS NULL AND s.{order} IN (SELECT {order} FROM corrected)
    AND NOT EXISTS (SELECT FROM {live} AS live WHERE live.event_digest = {digest}))"""


def _only_in(one: str, other: str, order: str) -> str:
    """SQL that counts, by order, the rows of one run that the other run does not have."""
    same = " AND ".join(f"one.{name} = other.{name}" for name in EVENT_KEY)
    return (
        f"SELECT {order}, count(*) AS row_count FROM {one} AS one"
        f" WHERE NOT EXISTS (SELECT FROM {other} AS other WHERE {same}) GROUP BY {order}"
    )

"""Separates corrected rows from lost ones in sheets whose rows have no number of their own.

A corrected row of such a sheet is another row: one is gone and one is new. It stays with what it belongs to: an error
with its work order, an assignment with its phase, a skill with its person, a step with its product. As many rows of
one owner as are both gone and new were corrected.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import Sheet
from app.contract.quality_issues import FEWEST_CHANGED, REVISABLE_WARNED_ABOVE_PERCENT
from app.ingestion.sheets.archiving import ORDERS, reference_to
from app.ingestion.sheets.comparison import Difference
from app.ingestion.sheets.rewriting import ALTERED_ABOVE_PERCENT, FEWEST_ROWS
from app.ingestion.tables.names import RunTables, content_columns, key_columns, listed
from app.workbook.judging.reject_limits import exceeds


@dataclass(frozen=True, slots=True)
class Corrected:
    """A sheet of which rows were corrected.

    completed: how many of the corrected ones only got a value that they lacked. excel_row: the first row whose identity
    the live run does not have, if any.
    """

    sheet: str
    live_rows: int
    corrected: int
    completed: int
    excel_row: int | None

    @property
    def altered(self) -> int:
        """Rows that have another value than before."""
        return self.corrected - self.completed

    @property
    def is_implausible(self) -> bool:
        """True if more rows were altered than a truthful export alters."""
        return self.live_rows >= FEWEST_ROWS and exceeds(self.altered, self.live_rows, ALTERED_ABOVE_PERCENT)

    @property
    def is_noticed(self) -> bool:
        """True if enough rows were altered for a warning, or for more than that."""
        few = self.live_rows < FEWEST_ROWS or self.altered < FEWEST_CHANGED
        return not few and exceeds(self.altered, self.live_rows, REVISABLE_WARNED_ABOVE_PERCENT)

    @property
    def sentence(self) -> str:
        """The change in words."""
        first = f", the first of them in row {self.excel_row}" if self.excel_row else ""
        of_live = f"{self.altered:,} of {self.live_rows:,} rows of the live run"
        return f"{self.sheet}: {of_live} have other values now{first}"


def corrected_rows(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None, difference: Difference
) -> Corrected | None:
    """Count the corrected rows of a merged sheet. None if too few rows are gone for any judgement. Needs the sheet's
    staging table."""
    owner = owner_column(sheet)
    too_few = not exceeds(difference.deleted, difference.live_rows, REVISABLE_WARNED_ABOVE_PERCENT)
    if live_run_id is None or owner is None or too_few or not difference.inserted:
        return None
    row = connection.exec_driver_sql(_statement(sheet, owner, tables, live_run_id)).one()
    return Corrected(sheet.name, difference.live_rows, *row) if row[0] else None


def owner_column(sheet: Sheet) -> str | None:
    """The column of what a row belongs to; None for a sheet whose rows have a number of their own."""
    if sheet.key:
        return key_columns(sheet)[0] if len(sheet.key) > 1 else None
    order = reference_to(sheet, ORDERS)
    return order[0] if order else None


def _statement(sheet: Sheet, owner: str, tables: RunTables, live_run_id: int) -> str:
    """SQL for the number of corrected rows, of those that were only completed, and the first Excel row."""
    mine = f"(SELECT * FROM {tables.partition(sheet)} WHERE run_id = {tables.run_id:d})"
    live = f"(SELECT * FROM core.{sheet.table} WHERE run_id = {live_run_id:d})"
    known = " AND ".join(f"live.{name} = {_staged(sheet, name)}" for name in key_columns(sheet) if name != "occurrence")
    return f"""
WITH gone AS MATERIALIZED ({_only_in(sheet, live, mine)}), new AS MATERIALIZED ({_only_in(sheet, mine, live)}),
corrected AS MATERIALIZED ({_both("gone", "new", [owner])})
SELECT CAST(coalesce((SELECT sum(row_count) FROM corrected), 0) AS bigint),
  {_completed(sheet)},
  (SELECT min(s.excel_row) FROM {tables.staging(sheet)} AS s
   WHERE s.reject_code IS NULL AND s.{owner} IN (SELECT {owner} FROM corrected)
     AND NOT EXISTS (SELECT FROM {live} AS live WHERE {known}))"""


def _staged(sheet: Sheet, name: str) -> str:
    """SQL for a column of the key in staging, where a sheet without key has no digest yet."""
    if sheet.key:
        return f"s.{name}"
    return f"CAST(md5(CAST(ROW({listed(content_columns(sheet), 's')}) AS text)) AS uuid)"


def _completed(sheet: Sheet) -> str:
    """SQL for the number of rows that only got a value instead of a null."""
    nullable = [column.name for column in sheet.columns if column.nullable]
    if sheet.key or not nullable:
        return "CAST(0 AS bigint)"
    empty, full = (" AND ".join(f"{name} IS {state}" for name in nullable) for state in ("NULL", "NOT NULL"))
    names = [name for name in content_columns(sheet) if name not in nullable]
    both = _both(f"(SELECT * FROM gone WHERE {empty})", f"(SELECT * FROM new WHERE {full})", names)
    return f"CAST(coalesce((SELECT sum(row_count) FROM ({both}) AS completed), 0) AS bigint)"


def _only_in(sheet: Sheet, one: str, other: str) -> str:
    """SQL for the rows of one run that the other run does not have."""
    same = " AND ".join(f"one.{name} = other.{name}" for name in key_columns(sheet))
    return f"SELECT * FROM {one} AS one WHERE NOT EXISTS (SELECT FROM {other} AS other WHERE {same})"


def _both(one: str, other: str, names: list[str]) -> str:
    """SQL that counts, by these columns, the rows that two selections have in common."""
    counted = f"SELECT {listed(names)}, count(*) AS row_count FROM {{}} AS counted GROUP BY {listed(names)}"
    return (
        f"SELECT {listed(names)}, least(o.row_count, p.row_count) AS row_count FROM ({counted.format(one)}) AS o"
        f" JOIN ({counted.format(other)}) AS p USING ({listed(names)})"
    )

"""Counts what is absent of the live run's open work, and of its newest orders.

A finished order is archived some day; an open one, or one of the newest, is not. Few of the orders are open, so most of
the shop floor may be gone before a tenth of all orders is. A phase is not absent if it went with its order, if the
order is finished now, or if the order has a new phase instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import Sheet
from app.contract.quality_issues import (
    FEWEST_CHANGED,
    MISSING_WARNED_ABOVE_PERCENT,
    NEWEST_MISSING_WARNED_ABOVE_PERCENT,
    NEWEST_ORDERS,
)
from app.ingestion.sheets.archiving import ORDERS, PHASES
from app.ingestion.sheets.comparison import FEWEST_OPEN, Difference
from app.ingestion.tables.names import RunTables, key_columns
from app.workbook.judging.reject_limits import exceeds

OPEN, NEWEST = "open", "newest"
LOST_ABOVE_PERCENT = 10
"""The share of the open rows that may be absent: that of a live table's keys (`guards`)."""


@dataclass(frozen=True, slots=True)
class LostWork:
    """Rows of the live run, and how many of them are absent. kind: OPEN or NEWEST."""

    sheet: str
    kind: str
    live_rows: int
    absent: int

    @property
    def is_too_much(self) -> bool:
        """True if more of the open rows is absent than of all rows may be."""
        counts = self.kind == OPEN and self.live_rows >= FEWEST_OPEN
        return counts and exceeds(self.absent, self.live_rows, LOST_ABOVE_PERCENT)

    @property
    def is_noticed(self) -> bool:
        """True if enough is absent for a warning, or for more than that."""
        percent = MISSING_WARNED_ABOVE_PERCENT if self.kind == OPEN else NEWEST_MISSING_WARNED_ABOVE_PERCENT
        few = self.live_rows < FEWEST_OPEN or self.absent < FEWEST_CHANGED
        return not few and exceeds(self.absent, self.live_rows, percent)

    @property
    def sentence(self) -> str:
        """The loss as a sentence."""
        return f"{self.sheet} would lose {self.absent:,} of the {self.live_rows:,} {self.kind} rows of the live run"


def lost_work(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None, difference: Difference
) -> list[LostWork]:
    """Count the absent rows of merged orders or phases. Needs their staging table: a refused row is not absent."""
    if live_run_id is None or difference.deleted < FEWEST_CHANGED:
        return []
    if sheet.name == ORDERS.name:
        live = f"SELECT work_order_id FROM core.{ORDERS.table} WHERE run_id = {live_run_id:d}"
        newest = f"{live} ORDER BY created_at DESC, work_order_id DESC LIMIT {NEWEST_ORDERS:d}"
        chosen = {OPEN: f"{live} AND completed_at IS NULL", NEWEST: newest}
    elif sheet.name == PHASES.name:
        chosen = {OPEN: _open_phases(tables, live_run_id)}
    else:
        return []
    found = []
    for kind, rows in chosen.items():
        live_rows, absent = _absent(connection, sheet, tables, rows)
        if absent and sheet.name == PHASES.name:
            absent = max(0, absent - _new_phases(connection, tables, live_run_id))
        found.append(LostWork(sheet.name, kind, live_rows, absent))
    return found


def _absent(connection: sa.Connection, sheet: Sheet, tables: RunTables, rows: str) -> tuple[int, int]:
    row = connection.exec_driver_sql(absent_question(sheet, tables, rows)).one()
    return row[0], row[1]


def absent_question(sheet: Sheet, tables: RunTables, rows: str) -> str:
    """SQL that counts the rows, and those of them whose key is not staged.

    EXCEPT sorts both sides once. Staging tables have no index, and where PostgreSQL expects too few of the rows, any
    other form reads the whole table for each of them: minutes, with the plant's lock held.
    """
    (key,) = key_columns(sheet)
    absent = f"SELECT {key} FROM chosen EXCEPT SELECT {key} FROM {tables.staging(sheet)}"
    return (
        f"WITH chosen AS MATERIALIZED ({rows}) SELECT (SELECT count(*) FROM chosen),"
        f" (SELECT count(*) FROM ({absent}) AS absent)"
    )


def _still_open(tables: RunTables, live_run_id: int) -> str:
    """SQL for the orders that are open in both runs."""
    return (
        f"SELECT work_order_id FROM {tables.partition(ORDERS)} WHERE completed_at IS NULL AND work_order_id IN"
        f" (SELECT work_order_id FROM core.{ORDERS.table} WHERE run_id = {live_run_id:d} AND completed_at IS NULL)"
    )


def _open_phases(tables: RunTables, live_run_id: int) -> str:
    return (
        f"SELECT order_phase_id FROM core.{PHASES.table} WHERE run_id = {live_run_id:d} AND finished_at IS NULL"
        f" AND work_order_id IN ({_still_open(tables, live_run_id)})"
    )


def _new_phases(connection: sa.Connection, tables: RunTables, live_run_id: int) -> int:
    """Count the phases that such orders have now and had not before."""
    found: int = connection.exec_driver_sql(
        f"SELECT count(*) FROM {tables.partition(PHASES)} AS mine"
        f" WHERE work_order_id IN ({_still_open(tables, live_run_id)}) AND NOT EXISTS"
        f" (SELECT FROM core.{PHASES.table} AS live WHERE live.run_id = {live_run_id:d}"
        " AND live.order_phase_id = mine.order_phase_id)"
    ).scalar_one()
    return found

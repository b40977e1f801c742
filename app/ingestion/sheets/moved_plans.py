"""Finds plans of open rows that moved by half a year or more since the live run.

What is still open may be planned anew, so `rewriting` does not look at it. But most plans do not move so far at once: a
wrong year or century does that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import Kind, Sheet
from app.contract.quality_issues import FEWEST_CHANGED
from app.ingestion.sheets.comparison import FEWEST_OPEN, Difference
from app.ingestion.tables.names import RunTables, key_columns
from app.workbook.judging.reject_limits import exceeds

FAR_DAYS = 180
MOVED_ABOVE_PERCENT = 50


@dataclass(frozen=True, slots=True)
class MovedPlan:
    """A column of plans. plans: of rows that are open in both runs. moved: those that moved far."""

    sheet: str
    header: str
    plans: int
    moved: int

    @property
    def sentence(self) -> str:
        """The change in words."""
        return (
            f"{self.sheet}, {self.header}: {self.moved:,} of {self.plans:,} plans of open rows moved by more than"
            f" {FAR_DAYS} days since the live run"
        )


def moved_plans(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None, difference: Difference
) -> Iterator[MovedPlan]:
    """The columns of planned dates of which most moved far; a sheet has some where an end settles its rows."""
    if live_run_id is None or sheet.end is None or difference.updated < FEWEST_CHANGED:
        return
    (key,), end = key_columns(sheet), sheet.end.name
    for column in sheet.columns:
        if not column.settled_by or column.kind not in (Kind.DATETIME, Kind.DATE):
            continue
        name = column.name
        plans, moved = connection.exec_driver_sql(
            f"SELECT count(*), count(*) FILTER (WHERE mine.{name} > live.{name} + interval '{FAR_DAYS} days'"
            f" OR mine.{name} < live.{name} - interval '{FAR_DAYS} days')"
            f" FROM (SELECT * FROM {tables.partition(sheet)} WHERE run_id = {tables.run_id:d}) AS mine"
            f" JOIN (SELECT * FROM core.{sheet.table} WHERE run_id = {live_run_id:d}) AS live USING ({key})"
            f" WHERE mine.{end} IS NULL AND live.{end} IS NULL AND mine.{name} IS NOT NULL AND live.{name} IS NOT NULL"
        ).one()
        if plans >= FEWEST_OPEN and exceeds(moved, plans, MOVED_ABOVE_PERCENT):
            yield MovedPlan(sheet.name, column.header, plans, moved)

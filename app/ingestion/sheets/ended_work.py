"""Finds sheets whose open work is nearly all gone.

Few of the orders are open, so an export of the finished ones alone, or one whose empty ends were filled in, loses few
keys and no value, and yet leaves an empty shop floor. Refused rows are not open: the shop floor does not have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.database.schema.audit import ingestion_runs
from app.database.schema.publication import snapshot_facts
from app.ingestion.sheets.comparison import FEWEST_OPEN, LEFT_OF_A_COLUMN
from app.ingestion.tables.snapshot_facts import Facts

_facts = snapshot_facts.c
FEWEST_ROWS = 20
"""A sheet with fewer rows may have no open one."""
LEFT_WITHOUT_WARNING = 4
"""A warning is given when less than one in LEFT_WITHOUT_WARNING of the open rows is left."""
_OPEN = (_facts.open_work_orders, _facts.open_order_phases)
OPEN_ROWS = sa.select(*_OPEN).where(_facts.run_id == sa.bindparam("run_id"))
MOST_OPEN_ROWS = (
    sa.select(*(sa.func.coalesce(sa.func.max(column), 0) for column in _OPEN))
    .select_from(snapshot_facts.join(ingestion_runs, ingestion_runs.c.run_id == _facts.run_id))
    .where(ingestion_runs.c.plant == sa.bindparam("plant"), ingestion_runs.c.status == "PUBLISHED")
)
"""Reads the kept runs alone: a dropped snapshot has no facts."""


@dataclass(frozen=True, slots=True)
class EndedWork:
    """A sheet with few open rows. ends: header of the end that open rows lack. before: the run of open_before."""

    sheet: str
    ends: str
    open_rows: int
    open_before: int
    before: str = "the live run"

    @property
    def sentence(self) -> str:
        """The loss as a sentence."""
        now = f"{self.open_rows:,} rows" if self.open_rows else "no row"
        told = f"{now} of {self.sheet} without {self.ends}"
        return f"{told}, in {self.before} {self.open_before:,}" if self.open_before else f"{told}: nothing is open"


def ended_work(connection: sa.Connection, facts: Facts, live_run_id: int | None) -> list[EndedWork]:
    """The sheets that lost nearly all open rows of the live run."""
    if live_run_id is None:
        return []
    before = connection.execute(OPEN_ROWS, {"run_id": live_run_id}).one_or_none() or (0, 0)
    return [
        EndedWork(sheet, ends, now, live) for sheet, ends, _, now, live in _open(facts, before) if _ended(now, live)
    ]


def missing_open_work(connection: sa.Connection, facts: Facts, plant: str) -> list[EndedWork]:
    """The sheets without an open row, or with few of those of the plant's kept runs."""
    before = connection.execute(MOST_OPEN_ROWS, {"plant": plant}).one()
    return [
        EndedWork(sheet, ends, now, most, "an earlier run")
        for sheet, ends, rows, now, most in _open(facts, before)
        if _ended(now, most, LEFT_WITHOUT_WARNING) or (not now and rows >= FEWEST_ROWS)
    ]


def _open(facts: Facts, before: Sequence[int]) -> Iterator[tuple[str, str, int, int, int]]:
    yield "OrdensFabrico", "Of_DataAcabamento", facts.work_orders, facts.open_work_orders, before[0]
    yield "FasesOrdemFabrico", "FaseOf_Fim", facts.order_phases, facts.open_order_phases, before[1]


def _ended(now: int, before: int, left: int = LEFT_OF_A_COLUMN) -> bool:
    return before >= FEWEST_OPEN and now * left < before

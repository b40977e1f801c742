"""Finds sheets whose open work is nearly all gone since the live run.

Few of the orders are open, so an export of the finished ones alone, or one whose empty ends were filled in, loses few
keys and no value, and yet leaves an empty shop floor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.ingestion.sheets.comparison import LEFT_OF_A_COLUMN
from app.ingestion.sheets.refused_rows import Refused
from app.ingestion.tables.snapshot_facts import Facts

FEWEST_OPEN = 20
"""Fewer open rows may all be finished by the next export."""
OPEN_ROWS = sa.text("SELECT open_work_orders, open_order_phases FROM core.snapshot_facts WHERE run_id = :run_id")


@dataclass(frozen=True, slots=True)
class EndedWork:
    """A sheet with less than a tenth of the live run's open rows. ends: header of the end that open rows lack."""

    sheet: str
    ends: str
    open_rows: int
    live_open_rows: int

    @property
    def sentence(self) -> str:
        """The loss as a sentence."""
        now = f"{self.open_rows:,} rows" if self.open_rows else "no row"
        return f"{now} of {self.sheet} without {self.ends}, in the live run {self.live_open_rows:,}"


def ended_work(
    connection: sa.Connection, facts: Facts, live_run_id: int | None, refused: Mapping[str, Refused]
) -> list[EndedWork]:
    """The sheets whose open work is nearly all gone, unless their refused rows may hold it."""
    if live_run_id is None:
        return []
    before = connection.execute(OPEN_ROWS, {"run_id": live_run_id}).one_or_none()
    return list(_ended(facts, before or (0, 0), refused))


def _ended(facts: Facts, before: Sequence[int], refused: Mapping[str, Refused]) -> Iterator[EndedWork]:
    for sheet, ends, now, live in (
        ("OrdensFabrico", "Of_DataAcabamento", facts.open_work_orders, before[0]),
        ("FasesOrdemFabrico", "FaseOf_Fim", facts.open_order_phases, before[1]),
    ):
        rejects = refused[sheet].rejects.lost if sheet in refused else 0
        if live >= FEWEST_OPEN and (now + rejects) * LEFT_OF_A_COLUMN < live:
            yield EndedWork(sheet, ends, now, live)

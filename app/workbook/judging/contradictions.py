"""Judges if many rows of a sheet contradict themselves, as exchanged columns or shifted dates make them do. Pure.

It needs no live run, so it is the one judgement of values at a first load. The real workbook has one such row in two
hundred at most.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.contract.quality_issues import (
    COMPLETED_BEFORE_CREATED,
    FINISHED_BEFORE_STARTED,
    FINISHED_LIGHTER,
    QualityIssue,
)
from app.workbook.judging.reject_limits import exceeds

CONTRADICTIONS: dict[QualityIssue, str] = {
    COMPLETED_BEFORE_CREATED: "Of_DataAcabamento is before Of_DataCriacao",
    FINISHED_BEFORE_STARTED: "FaseOf_Fim is before FaseOf_Inicio",
    FINISHED_LIGHTER: "Produto_PesoAcabamento is below Produto_PesoDesmolde",
}
SPANS = {
    COMPLETED_BEFORE_CREATED: ("Of_DataAcabamento", "Of_DataCriacao"),
    FINISHED_BEFORE_STARTED: ("FaseOf_Fim", "FaseOf_Inicio"),
}
"""Headers of the end and of the begin."""
FEWEST_ROWS = 20
NOTICED_ABOVE_PERCENT, CONTRADICTING_ABOVE_PERCENT = 10, 50


@dataclass(frozen=True, slots=True)
class Contradicting:
    """A sheet of which many rows contradict themselves. rows: of the sheet. count: of those that do."""

    issue: QualityIssue
    count: int
    rows: int

    @property
    def is_implausible(self) -> bool:
        """True if most rows do, so that the export cannot be true; fewer are worth a warning."""
        return exceeds(self.count, self.rows, CONTRADICTING_ABOVE_PERCENT)

    @property
    def sentence(self) -> str:
        """The contradiction in words."""
        return f"{self.issue.sheet}: {CONTRADICTIONS[self.issue]} in {self.count:,} of {self.rows:,} rows"


def contradicting(counts: Mapping[QualityIssue, int], rows: Mapping[str, int]) -> Iterator[Contradicting]:
    """Each such sheet. counts: rows with an issue, those that end on a day alone aside. rows: by sheet."""
    for issue in CONTRADICTIONS:
        count, whole = counts.get(issue, 0), rows.get(issue.sheet, 0)
        if whole >= FEWEST_ROWS and exceeds(count, whole, NOTICED_ABOVE_PERCENT):
            yield Contradicting(issue, count, whole)


def is_day_alone(end: dt.datetime | None, begin: dt.datetime | None) -> bool:
    """True if the end is before the begin only because it is that day without a time: no contradiction."""
    return end is not None and begin is not None and end < begin and end == dt.datetime.combine(begin, dt.time())


def newly_contradicting(now: Sequence[Contradicting], before: Sequence[Contradicting]) -> list[Contradicting]:
    """Leave out those that were so before: somebody has let such rows pass."""
    known = {one.issue: one for one in before}
    return [one for one in now if one.issue not in known or one.is_implausible > known[one.issue].is_implausible]

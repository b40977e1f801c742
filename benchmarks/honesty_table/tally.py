"""Counts the right answers by witness, apart for what must be blocked and for what may be released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.honesty_table.asking import OTHERS, OURS, SUPERVISED, Row

TOGETHER, NOTHING = "those four together", "releasing nothing"


@dataclass(frozen=True)
class Tally:
    """Counts of one witness: stimuli tried, and right answers of each kind."""

    witness: str
    blocked: int
    to_block: int
    released: int
    to_release: int

    @property
    def right(self) -> int:
        return self.blocked + self.released

    @property
    def asked(self) -> int:
        return self.to_block + self.to_release


def tallies(rows: Sequence[Row]) -> list[Tally]:
    """A tally of each witness over the stimuli that all were asked about, of the others together, and of no release."""
    put = [row for row in rows if row.put]
    single = [_tally(name, [(row.releasable, row.said[name].released) for row in put]) for name in (*OTHERS, *OURS)]
    together = [(row.releasable, all(row.said[name].released for name in OTHERS)) for row in put]
    no = [(row.releasable, False) for row in put]
    mere = [_tally(TOGETHER, together), _tally(NOTHING, no)]
    return [*single[: len(OTHERS)], *mere, *single[len(OTHERS) :]]


def _tally(witness: str, told: Sequence[tuple[bool, bool]]) -> Tally:
    to_block = [released for releasable, released in told if not releasable]
    to_release = [released for releasable, released in told if releasable]
    return Tally(witness, to_block.count(False), len(to_block), to_release.count(True), len(to_release))


def told_by(row: Row) -> str:
    """The witnesses that were right about a stimulus, in words."""
    right = [name for name in (*OTHERS, *OURS) if row.truthful(name)]
    others = [name for name in right if name in OTHERS]
    if len(right) == len(row.said):
        return "all"
    if not others and len(right) == len(OURS):
        return "the gate alone"
    return ", ".join(right) or "nobody"


def wrong_of_the_gate(rows: Sequence[Row]) -> list[str]:
    """The stimuli on which the supervised gate gave the wrong answer."""
    return [row.name for row in rows if not row.truthful(SUPERVISED)]


def as_record(rows: Sequence[Row], versions: dict[str, str | None]) -> dict[str, Any]:
    """The tally as plain values."""
    told = [asdict(row) | {"told_by": told_by(row)} for row in rows]
    totals = [asdict(one) | {"right": one.right, "asked": one.asked} for one in tallies(rows)]
    return {"versions": versions, "totals": totals, "stimuli": told}

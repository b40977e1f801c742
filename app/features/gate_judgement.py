"""The judgement of match rates by the declared gates. Pure: no clock, no file, no database, no floats compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from app.features.errors import UnmeasuredError
from app.features.gate_declaration import Denominator, Gate
from app.ratios import ratio


class GateStatus(StrEnum):
    """The state that the data allows."""

    ENABLED = "ENABLED"
    DEGRADED = "DEGRADED"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class MatchRate:
    """One relationship counted over all loaded rows before rejection.

    rows_referencing: rows whose reference is not null; rows_matched: those whose target exists.
    distinct_*: the same over distinct referencing values. orphan_sample: some values without target, as text.
    """

    rows_referencing: int
    rows_matched: int
    distinct_referencing: int
    distinct_matched: int
    orphan_sample: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.rows_matched <= self.rows_referencing:
            raise ValueError(f"{self.rows_matched} of {self.rows_referencing} rows cannot match")
        if not 0 <= self.distinct_matched <= self.distinct_referencing:
            raise ValueError(f"{self.distinct_matched} of {self.distinct_referencing} distinct values cannot match")

    def counted(self, denominator: Denominator) -> tuple[int, int]:
        """(matched, referencing) over this denominator."""
        if denominator is Denominator.ROWS:
            return self.rows_matched, self.rows_referencing
        return self.distinct_matched, self.distinct_referencing


@dataclass(frozen=True, slots=True)
class Judgement:
    """One gate's status and the integers that it follows from."""

    gate: Gate
    status: GateStatus
    matched: int
    referencing: int
    rate: MatchRate

    @property
    def match_rate(self) -> float | None:
        """The ratio for display; None when nothing refers. Judgements compare the integers instead."""
        return ratio(self.matched, self.referencing)


def facts_of(gate: Gate, judgement: Judgement | None) -> dict[str, Any]:
    """Name, relationship and match rate of a gate, as each document has them; null while the rate is unknown."""
    return {
        "gate": gate.name,
        "relationship": gate.relationship,
        "over": gate.denominator.value,
        "match_rate": judgement.match_rate if judgement else None,
        "matched": judgement.matched if judgement else None,
        "referencing": judgement.referencing if judgement else None,
    }


def described(gate: Gate, status: GateStatus, judgement: Judgement | None) -> dict[str, Any]:
    """All fields of a gate: the facts with its status and what is declared of it.

    The documents and answers about gates are made of these; a model takes the fields that it has.
    """
    return {
        "gate": gate.name,
        "status": status.value,
        **facts_of(gate, judgement),
        "enabled_at": float(gate.enabled_at),
        "degraded_at": None if gate.degraded_at is None else float(gate.degraded_at),
        "guards": list(gate.guards),
        "values": list(gate.values),
        "remedy": gate.remedy,
    }


def judge(gate: Gate, rate: MatchRate) -> Judgement:
    """The gate's status at this match rate, compared exactly as fractions; a threshold belongs to the band above it.

    No referencing value at all is DISABLED for every gate: nothing shows that the data supports the feature.
    """
    matched, referencing = rate.counted(gate.denominator)
    return Judgement(gate, _status(gate, matched, referencing), matched, referencing, rate)


def judge_all(gates: Iterable[Gate], rates: Mapping[str, MatchRate]) -> tuple[Judgement, ...]:
    """Judge each gate by the match rate of its relationship. Raises UnmeasuredError when a rate is missing."""
    judgements = []
    for gate in gates:
        if gate.relationship not in rates:
            raise UnmeasuredError(f"{gate.name} judges {gate.relationship}, which was not measured")
        judgements.append(judge(gate, rates[gate.relationship]))
    return tuple(judgements)


def _status(gate: Gate, matched: int, referencing: int) -> GateStatus:
    if referencing == 0:
        return GateStatus.DISABLED
    rate = Fraction(matched, referencing)
    if rate >= gate.enabled_at:
        return GateStatus.ENABLED
    if gate.degraded_at is not None and rate >= gate.degraded_at:
        return GateStatus.DEGRADED
    return GateStatus.DISABLED

"""The declared feature gates, read from gates.toml: which relationship each judges, and at what thresholds."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from app.contract import RELATIONSHIPS
from app.features.errors import DeclarationError

DECLARATION = Path(__file__).with_name("gates.toml")


class Denominator(StrEnum):
    """The things that a match rate counts."""

    ROWS = "rows"
    DISTINCT = "distinct"


@dataclass(frozen=True, slots=True)
class Gate:
    """One declared gate.

    relationship: name of a relationship of the workbook's contract.
    denominator: whether the rate counts referencing rows or distinct referencing values.
    enabled_at, degraded_at: exact thresholds of the ratio, 0 to 1; no `degraded_at` means that there is no DEGRADED
        band, and 0 that a rate never disables the gate.
    guards: route templates closed while DISABLED. values: response fields left empty while DISABLED.
    """

    name: str
    relationship: str
    denominator: Denominator
    enabled_at: Fraction
    degraded_at: Fraction | None
    guards: tuple[str, ...]
    values: tuple[str, ...]
    remedy: str

    @property
    def opens_at(self) -> Fraction:
        """The lowest ratio at which the feature answers at all."""
        return self.enabled_at if self.degraded_at is None else self.degraded_at


@cache
def load_gates(path: Path = DECLARATION) -> tuple[Gate, ...]:
    """The declared gates in the declaration's order.

    Raises DeclarationError when the file cannot be read, a field is missing or of the wrong type, a name appears
    twice, a response field has two gates, a relationship is not of the contract, or the thresholds are not
    0 ≤ degraded_at < enabled_at ≤ 1.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["gates"]
        gates = tuple(_gate(entry) for entry in entries)
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise DeclarationError(f"{path.name} cannot be read as a declaration of gates: {error}") from error
    names = [gate.name for gate in gates]
    if len(set(names)) != len(names):
        raise DeclarationError(f"{path.name} declares a gate twice: {', '.join(sorted(names))}")
    fields = Counter(field for gate in gates for field in gate.values)
    for field, times in fields.items():
        if times > 1:
            raise DeclarationError(f"{path.name}: the field {field} stands in `values` {times} times")
    known = {relationship.name for relationship in RELATIONSHIPS}
    for gate in gates:
        if gate.relationship not in known:
            raise DeclarationError(f"{path.name}: {gate.name} judges {gate.relationship}, which the contract lacks")
        if not 0 <= (gate.degraded_at or 0) < gate.enabled_at <= 1:
            raise DeclarationError(f"{path.name}: {gate.name} needs 0 ≤ degraded_at < enabled_at ≤ 1")
    return gates


def gate_named(name: str) -> Gate:
    """The declared gate of this name; KeyError when there is none."""
    return {gate.name: gate for gate in load_gates()}[name]


def _gate(entry: dict[str, Any]) -> Gate:
    degraded_at = entry.get("degraded_at")
    return Gate(
        name=entry["name"],
        relationship=entry["relationship"],
        denominator=Denominator(entry["over"]),
        enabled_at=Fraction(entry["enabled_at"]),
        degraded_at=None if degraded_at is None else Fraction(degraded_at),
        guards=tuple(entry.get("guards", ())),
        values=tuple(entry.get("values", ())),
        remedy=entry["remedy"],
    )

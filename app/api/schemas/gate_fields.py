"""Fields of a gate that several answers have, each declared once; app/features/gate_judgement.py fills them."""

from __future__ import annotations

from pydantic import BaseModel

from app.features.gate_declaration import Denominator
from app.features.gate_judgement import GateStatus


class NamedGate(BaseModel):
    """The gate's name."""

    gate: str


class GateState(NamedGate):
    """The gate's name and status."""

    status: GateStatus


class GateRate(BaseModel):
    """The relationship that the gate judges, and its match rate."""

    relationship: str
    over: Denominator
    match_rate: float | None


class GateCounts(GateRate):
    """The match rate with the integers that it follows from."""

    matched: int | None
    referencing: int | None

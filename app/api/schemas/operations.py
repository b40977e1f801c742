"""The service itself, and what the data supports."""

from __future__ import annotations

from pydantic import BaseModel, Field

from app.api.schemas.gate_fields import GateCounts, GateState


class GateAnswer(GateCounts, GateState):
    """One gate and the integers behind it; all null when the gates are not known."""

    enabled_at: float
    degraded_at: float | None
    guards: list[str]
    values: list[str]
    remedy: str


class GatesAnswer(BaseModel):
    """The features that the live run's data supports."""

    run_id: int
    plant: str
    excel_sha256: str
    source: str = Field(description='where the judgements come from: "file" or "database"')
    closed_because: str | None = Field(description="why every gate is closed; null: the gates are known")
    gates: list[GateAnswer]


class HealthAnswer(BaseModel):
    """The process is alive."""

    status: str = "alive"


class ReadyAnswer(BaseModel):
    """The service can answer."""

    status: str = "ready"
    run_id: int
    plant: str
    schema_revision: str
    gates_source: str

"""Problem details, as the OpenAPI document shows them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.features.declaration import Denominator


class ProblemBody(BaseModel):
    """RFC 9457 problem details; `code` is stable."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str


class NotSupportedBody(ProblemBody):
    """The data does not support the feature."""

    gate: str
    relationship: str
    over: Denominator
    match_rate: float | None
    matched: int | None
    referencing: int | None
    threshold: float = Field(description="the match rate that opens the feature")
    enabled_at: float
    reason: str = Field(description="MATCH_RATE, or GATES_UNAVAILABLE when the gates of the live run are not known")
    remedy: str

"""Problem details, as the OpenAPI document shows them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.gate_fields import GateCounts, NamedGate


class ProblemBody(BaseModel):
    """RFC 9457 problem details; `code` is stable."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Service Unavailable",
                    "status": 503,
                    "code": "DATABASE_UNAVAILABLE",
                    "detail": "The database does not answer at the moment. Try again shortly.",
                    "instance": "/api/kpis/overview",
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str


class NotSupportedBody(GateCounts, NamedGate, ProblemBody):
    """The data does not support the feature."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Conflict",
                    "status": 409,
                    "code": "NOT_SUPPORTED_BY_DATA",
                    "detail": "The data does not support error_attribution: too few references find their target.",
                    "instance": "/api/quality/by-culprit-phase",
                    "gate": "error_attribution",
                    "relationship": "Erro_FaseOfCulpada → FaseOf_Id",
                    "over": "rows",
                    "match_rate": 0.32,
                    "matched": 32,
                    "referencing": 100,
                    "threshold": 0.5,
                    "enabled_at": 0.9,
                    "reason": "MATCH_RATE",
                    "remedy": "Export FasesOrdemFabrico with every phase that Erro_FaseOfCulpada refers to.",
                }
            ]
        }
    )

    threshold: float = Field(description="the match rate that opens the feature")
    enabled_at: float
    reason: str = Field(description="MATCH_RATE, or GATES_UNAVAILABLE when the gates of the live run are not known")
    remedy: str

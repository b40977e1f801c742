"""A route that each gate closes, and the entry for a gate in an answer."""

from __future__ import annotations

from typing import Any

GUARDED = {
    "employee_productivity": "/api/kpis/by-employee",
    "produto_join": "/api/kpis/by-product",
    "error_attribution": "/api/quality/by-culprit-phase",
    "standard_route": "/api/prodplan/routes/1",
}


def gate_in(body: dict[str, Any], name: str) -> dict[str, Any] | None:
    """An answer's entry for one gate."""
    return next((entry for entry in body["data_quality"] or [] if entry["gate"] == name), None)

"""The gates that close a value of an answer instead of its route. One that gates.toml lacks fails at import."""

from __future__ import annotations

from app.features.gate_declaration import gate_named

PRODUTO_JOIN = gate_named("produto_join")
STANDARD_ROUTE = gate_named("standard_route")
ERROR_ATTRIBUTION = gate_named("error_attribution")

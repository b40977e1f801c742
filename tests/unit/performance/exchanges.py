"""Exchanges as a load leaves them, made by hand."""

from __future__ import annotations

import json
from typing import Any

from app.performance.load.connection import Answer, ExchangeFailed
from app.performance.load.load import Exchange
from app.performance.load.timetable import Arrival, Request


def answered(
    body: Any = None,
    *,
    at_s: float = 0.0,
    latency_ms: float = 10.0,
    late_ms: float = 0.0,
    status: int = 200,
    warm_up: bool = False,
    request: Request | None = None,
    media_type: str = "application/json",
) -> Exchange:
    """An exchange that was answered; body: any JSON value."""
    arrival = Arrival(at_s, request or Request("orders-list", "/api/prodplan/orders", {}), 10.0, warm_up)
    answer = Answer(status, media_type, json.dumps(body).encode())
    return Exchange(arrival, at_s, at_s - 1, at_s + late_ms / 1000, at_s + latency_ms / 1000, answer)


def unanswered(code: str = "TIMEOUT", *, at_s: float = 0.0, warm_up: bool = False) -> Exchange:
    """An exchange that failed."""
    arrival = Arrival(at_s, Request("orders-list", "/api/prodplan/orders", {}), 10.0, warm_up)
    return Exchange(arrival, at_s, at_s - 1, at_s, at_s + 10, None, ExchangeFailed(code, "lost"))

"""A declared SLO with another rate, number of requests, pages or target."""

from __future__ import annotations

from dataclasses import replace

from app.performance.slo.slo_declaration import Slo

LEAST_WARM_UP = 10
WARM_UP_S = 0.5


def shaped(
    slo: Slo,
    rate_per_s: float,
    requests: int,
    *,
    requests_of: tuple[str, ...] | None = None,
    target_ms: float | None = None,
    warm_up_s: float = WARM_UP_S,
) -> Slo:
    """The SLO at this arrival rate with this many measured requests, after a warm-up; warm_up_s=0: without one."""
    return replace(
        slo,
        rate_per_s=rate_per_s,
        measured_requests=requests,
        warm_up_requests=max(LEAST_WARM_UP, round(rate_per_s * warm_up_s)) if warm_up_s else 0,
        requests=requests_of or slo.requests,
        target_ms=target_ms or slo.target_ms,
    )

"""Sizes of the measurement: the full one, and one at which only the benchmark itself is tried."""

from __future__ import annotations

from dataclasses import dataclass

SHARE_OF_TARGET = 0.25
"""Share of each SLO's target that p95 may take at the steady rate."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Rates are per second. calibration_requests: of the generator alone, before each load. warm_up_s: of each load.

    steady: each SLO endpoint alone. mix_requests: over all SLO endpoints, at their own rates. step_s: how long a rate
    of the capacity's search lasts, with at least step_requests. pages: of each of two. others: those without an SLO.
    most_tried: requests of one of these that are tried for an answer of their own. rounds: of each side of a
    comparison with another checkout. crowds: numbers of connections of the overload, each for crowd_s.
    """

    steady_rate: float = 50
    steady_requests: int = 1000
    mix_requests: int = 20_000
    start_rate: float = 50
    most_steps: int = 14
    step_s: float = 4
    step_requests: int = 400
    pages: int = 300
    pages_rate: float = 30
    depth: int = 25_000
    others_requests: int = 60
    others_rate: float = 10
    most_tried: int = 40
    rounds: int = 3
    crowds: tuple[int, ...] = (10, 100, 500, 1000)
    crowd_s: float = 4
    calibration_requests: int = 150
    warm_up_s: float = 0.5


FULL = Plan()
QUICK = Plan(
    steady_rate=100, steady_requests=20, mix_requests=60, start_rate=100, most_steps=1, step_s=0.2, step_requests=20,
    pages=20, pages_rate=100, depth=500, others_requests=2, others_rate=200, most_tried=2, rounds=1,
    crowds=(2, 5), crowd_s=0.2, calibration_requests=10, warm_up_s=0,
)  # fmt: skip

"""The arrival rate at which p95 meets its target: a bounded search over measured rates. Pure.

The rate rises by a factor until one fails, or falls until one holds; then the gap is halved, as a ratio, until it is
narrow. A rate that fails is tried once more, and has failed only if it fails again: one disturbance of the machine must
not end the search. Every try is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

FACTOR = 1.6
NARROW = 1.1
LEAST_RATE = 1.0


class Outcome(StrEnum):
    """Outcome of a rate: p95's upper bound under the target, or not; wrong answers; the generator was late."""

    HOLDS = "holds"
    EXCEEDS = "p95 exceeds its target"
    ERRORS = "answers were wrong or missing"
    GENERATOR = "the load generator was late"


@dataclass(frozen=True, slots=True)
class Try:
    """One rate as measured. bound_ms: upper bound of p95, None when there are too few answers."""

    rate_per_s: float
    outcome: Outcome
    bound_ms: float | None


@dataclass(frozen=True, slots=True)
class Capacity:
    """rate_per_s: the highest that held; None: none did. limited_by: why the next higher one failed; None: none did."""

    rate_per_s: float | None
    failed_at_per_s: float | None
    limited_by: Outcome | None
    tries: tuple[Try, ...]


def search(measured: Callable[[float], Try], start_rate: float, most_tries: int) -> Capacity:
    """Search with at most this many measurements."""
    tries: list[Try] = []
    held: float | None = None
    failed: Try | None = None
    rate: float | None = start_rate
    while rate is not None and len(tries) < most_tries:
        tries.append(measured(rate))
        if tries[-1].outcome is not Outcome.HOLDS and len(tries) < most_tries:
            tries.append(measured(rate))
        if tries[-1].outcome is Outcome.HOLDS:
            held = rate
        else:
            failed = tries[-1]
        rate = next_rate(held, failed.rate_per_s if failed else None)
    return Capacity(held, failed.rate_per_s if failed else None, failed.outcome if failed else None, tuple(tries))


def next_rate(held: float | None, failed: float | None) -> float | None:
    """The rate to try next; None: the search is over."""
    if failed is None:
        return None if held is None else round(held * FACTOR, 1)
    if held is None:
        return round(failed / FACTOR, 1) if failed / FACTOR >= LEAST_RATE else None
    return round(sqrt(held * failed), 1) if failed / held > NARROW else None

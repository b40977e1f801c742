"""Judges an SLO by the samples alone. Pure.

The judged figure is not the sample's p95 but the one-sided upper confidence bound of the true p95, by order statistics:
of n independent samples the number below the true quantile p is binomial (n, p), so the r-th smallest is at least the
quantile with probability P(B ≤ r - 1), whatever the distribution of latencies. The bound is the r-th smallest for the
least r that reaches the confidence. Source: Hahn & Meeker, Statistical Intervals, 1991, section 5.2; David & Nagaraja,
Order Statistics, 3rd ed., 2003, section 7.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from app.performance.slo.slo_declaration import LEAST_REQUESTS

CONFIDENCE = 0.95
DECIMALS = 3
"""Decimals of a millisecond in every recorded figure. The recorded figures are judged, so anybody can judge them
again."""


class SloStatus(StrEnum):
    """The four outcomes; only MET counts as met."""

    MET = "MET"
    VIOLATED = "VIOLATED"
    ERRORS = "ERRORS"
    NOT_MEASURED = "NOT_MEASURED"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason not to trust the latencies of a measurement, and its limits.

    error_ms: what may have been added to a latency; a violation by more still counts. met_stands: a met target counts,
    because the disturbance can only have made answers slower.
    """

    reason: str
    error_ms: float = math.inf
    met_stands: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """One SLO's outcome. All latencies in ms; None where there are too few samples.

    samples: correct answers; errors: all others. reason: one sentence. p95_ms is of the declared quantile.
    """

    status: SloStatus
    reason: str
    samples: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    upper_bound_ms: float | None
    max_ms: float | None


@cache
def binomial_cdf(successes: int, trials: int, probability: float) -> float:
    """P(B ≤ successes) for B binomial (trials, probability), 0 < probability < 1; summed from the thinner tail."""
    if successes < 0:
        return 0.0
    if successes >= trials:
        return 1.0
    upper = successes >= trials * probability
    counts = range(successes + 1, trials + 1) if upper else range(successes + 1)
    log_p, log_q = math.log(probability), math.log1p(-probability)
    tail = math.fsum(
        math.exp(
            math.lgamma(trials + 1)
            - math.lgamma(count + 1)
            - math.lgamma(trials - count + 1)
            + count * log_p
            + (trials - count) * log_q
        )
        for count in counts
    )
    return 1.0 - tail if upper else tail


@cache
def bound_rank(samples: int, quantile: float, confidence: float = CONFIDENCE) -> int | None:
    """Rank, from 1, of the order statistic that bounds the quantile from above; None: the samples are too few."""
    low, high = 1, samples
    if samples < 1 or binomial_cdf(samples - 1, samples, quantile) < confidence:
        return None
    while low < high:
        middle = (low + high) // 2
        if binomial_cdf(middle - 1, samples, quantile) >= confidence:
            high = middle
        else:
            low = middle + 1
    return low


def nearest_rank(ordered: Sequence[float], quantile: float) -> float | None:
    """The sample's quantile by the nearest-rank rule: the ceil(quantile * n)-th smallest. None without samples."""
    if not ordered:
        return None
    # Rounding first: 0.55 * 100 is 55.00000000000001 in floating point, but its rank is 55.
    return ordered[max(1, math.ceil(round(quantile * len(ordered), 9))) - 1]


def judge(
    latencies_ms: Sequence[float],
    errors: int,
    *,
    target_ms: float,
    quantile: float = 0.95,
    confidence: float = CONFIDENCE,
    least_samples: int = LEAST_REQUESTS,
    overdue: int = 0,
    doubt: Doubt | None = None,
) -> Judgement:
    """Judge one SLO by the latencies of its correct answers and the number of all others.

    overdue: number of errors that only mean that no answer came in time. doubt: why the times are not to be trusted (a
    late load generator, a busy machine), or None. Wrong answers decide first, because they are wrong under any
    conditions; then a doubtful or too small measurement is NOT_MEASURED. Raises ValueError for a latency that is
    negative or not finite, or a negative number of errors.
    """
    if errors < 0 or not all(math.isfinite(latency) and latency >= 0 for latency in latencies_ms):
        raise ValueError("latencies must be finite and not negative, errors not negative")
    ordered = sorted(latencies_ms)
    rank = bound_rank(len(ordered), quantile, confidence)
    bound = None if rank is None else ordered[rank - 1]
    met = bound is not None and bound < target_ms
    is_enough = len(ordered) >= least_samples and bound is not None
    status = SloStatus.NOT_MEASURED
    reason = f"{len(ordered)} requests were measured, at least {least_samples} are needed"
    if errors > overdue or (errors and (doubt is None or math.isfinite(doubt.error_ms))):
        status, reason = SloStatus.ERRORS, f"{errors} of {errors + len(ordered)} requests had no correct answer"
    elif doubt is not None and not (is_enough and not errors and _stands(bound, target_ms, doubt)):
        reason = doubt.reason
    elif is_enough:
        status = SloStatus.MET if met else SloStatus.VIOLATED
        relation = "under" if met else "not under"
        reason = f"the upper bound of p{quantile * 100:g}, {bound:.1f} ms, is {relation} {target_ms:g} ms"
    return Judgement(
        status=status,
        reason=reason,
        samples=len(ordered),
        errors=errors,
        p50_ms=nearest_rank(ordered, 0.5),
        p95_ms=nearest_rank(ordered, quantile),
        upper_bound_ms=bound,
        max_ms=ordered[-1] if ordered else None,
    )


def _stands(bound: float | None, target_ms: float, doubt: Doubt) -> bool:
    """True if the bound lies on the same side of the target without what may have been added to it."""
    assert bound is not None
    return doubt.met_stands if bound < target_ms else bound - doubt.error_ms >= target_ms

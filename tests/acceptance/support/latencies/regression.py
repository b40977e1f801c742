"""Compares an endpoint's latencies with those of the last PASS. Pure.

Two conditions must hold. A rank test shows that the difference is not an accident; with hundreds of samples it finds
microseconds. A least effect shows that the difference matters.

The test is Mann and Whitney's U, one-sided, by its normal approximation with correction for ties and continuity: Mann &
Whitney, Annals of Mathematical Statistics 18 (1947) 50-60; ties after Lehmann, Nonparametrics, 1975, section 1.4. The
probability of superiority U/(mn) is reported (Vargha & Delaney, Journal of Educational and Behavioral Statistics 25
(2000) 101-132).

Samples of one run are not independent (a slow moment affects several requests), so the test reports differences more
often than its level says; the strict level and the least effect make up for that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from app.performance.slo.slo_judgement import nearest_rank

LEVEL = 0.001
LEAST_RATIO = 1.25
LEAST_SHIFT_MS = 5.0
LEAST_SAMPLES = 20
"""Samples needed in each run; with fewer the normal approximation is not used and there is no p-value."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of this run with the baseline.

    Latencies in ms. superiority: probability that a request of this run is slower. p_value: probability of such a
    difference if this run were not slower; None with too few samples. regressed: both conditions hold.
    """

    baseline_p50_ms: float | None
    baseline_p95_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    superiority: float | None
    p_value: float | None
    regressed: bool


def mann_whitney(baseline: Sequence[float], now: Sequence[float]) -> tuple[float, float]:
    """(U / (mn), one-sided p-value) for "values of now are larger"; U counts pairs, ties as half.

    Raises ValueError when a sample is empty.
    """
    first, second = len(baseline), len(now)
    if not first or not second:
        raise ValueError("both samples must hold values")
    marked = sorted([(value, 0) for value in baseline] + [(value, 1) for value in now])
    total, ranks_of_now, seen, ties = first + second, 0.0, 0, 0.0
    for _, group in groupby(marked, key=lambda pair: pair[0]):
        members = [origin for _, origin in group]
        ranks_of_now += sum(members) * (seen + (len(members) + 1) / 2)
        ties += len(members) ** 3 - len(members)
        seen += len(members)
    u = ranks_of_now - second * (second + 1) / 2
    variance = first * second / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:  # every value is the same
        return 0.5, 1.0
    z = (u - first * second / 2 - 0.5) / math.sqrt(variance)
    return u / (first * second), 0.5 * math.erfc(z / math.sqrt(2))


def compare(
    baseline_ms: Sequence[float],
    now_ms: Sequence[float],
    *,
    level: float = LEVEL,
    least_ratio: float = LEAST_RATIO,
    least_shift_ms: float = LEAST_SHIFT_MS,
) -> Comparison:
    """Compare two runs of one SLO.

    Regressed: the rank test's p-value is under `level`, and the median or the p95 grew by the least ratio and by the
    least shift, both at once. Too few samples on either side: not regressed, and no p-value.
    """
    before, now = sorted(baseline_ms), sorted(now_ms)
    quantiles = [(nearest_rank(before, q), nearest_rank(now, q)) for q in (0.5, 0.95)]
    (before50, now50), (before95, now95) = quantiles
    superiority = p_value = None
    if min(len(before), len(now)) >= LEAST_SAMPLES:
        superiority, p_value = mann_whitney(before, now)
    matters = any(
        old is not None and new is not None and new >= old * least_ratio and new - old >= least_shift_ms
        for old, new in quantiles
    )
    regressed = p_value is not None and p_value < level and matters
    return Comparison(before50, before95, now50, now95, superiority, p_value, regressed)

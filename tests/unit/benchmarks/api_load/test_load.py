"""The result of one rate of the search, and a declared SLO with other questions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.performance.load.measurement import SloResult, unmeasured
from app.performance.slo.slo_declaration import LEAST_REQUESTS, load_slos
from app.performance.slo.slo_judgement import Doubt, judge
from benchmarks.api_load.capacity import Outcome
from benchmarks.api_load.load import outcome_of
from benchmarks.api_load.shaping import LEAST_WARM_UP, shaped

SLO = load_slos()[0]


def result(latency_ms: float, count: int = LEAST_REQUESTS, errors: int = 0, invalid: str | None = None) -> SloResult:
    judgement = judge([latency_ms] * count, errors, target_ms=SLO.target_ms, doubt=Doubt(invalid) if invalid else None)
    return replace(unmeasured(SLO, ""), judgement=judgement)


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (result(SLO.target_ms - 1), Outcome.HOLDS),
        (result(SLO.target_ms), Outcome.EXCEEDS),
        (result(1.0, errors=1), Outcome.ERRORS),
        (result(SLO.target_ms * 2, errors=1), Outcome.ERRORS),
        (result(1.0, invalid="late"), Outcome.GENERATOR),
        (result(SLO.target_ms * 2, invalid="late"), Outcome.GENERATOR),
        (result(1.0, count=60), Outcome.HOLDS),
        (result(1.0, count=5), Outcome.EXCEEDS),
    ],
    ids=["quick", "at the target", "erring", "slow and erring", "late", "slow and late", "few", "too few for a bound"],
)
def test_outcome_follows_from_errors_then_the_generator_then_the_bound(found: SloResult, outcome: Outcome) -> None:
    assert outcome_of(found) is outcome


def test_shaped_slo_keeps_all_but_its_load() -> None:
    quick = shaped(SLO, 200, 500)
    assert (quick.rate_per_s, quick.measured_requests, quick.warm_up_requests) == (200, 500, 100)
    assert (quick.endpoint, quick.requests, quick.target_ms) == (SLO.endpoint, SLO.requests, SLO.target_ms)
    assert shaped(SLO, 2, 5).warm_up_requests == LEAST_WARM_UP
    assert shaped(SLO, 2, 5, warm_up_s=0).warm_up_requests == 0
    assert shaped(SLO, 200, 5, warm_up_s=0.1).warm_up_requests == 20
    assert shaped(SLO, 2, 5, target_ms=7, requests_of=("/a",)).requests == ("/a",)

"""The judgement of latencies: the bound is the exact binomial one, and nothing bad ever improves an outcome."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.performance.slo.slo_judgement import Doubt, SloStatus, binomial_cdf, bound_rank, judge, nearest_rank


def drawn(seed: int) -> list[float]:
    """400 to 450 latencies around the target of 250 ms, some of them equal."""
    chance = random.Random(seed)
    spread, digits = chance.choice([1, 60, 250]), chance.choice([-1, 0, 3])
    return [round(abs(chance.gauss(200, spread)), digits) for _ in range(chance.randint(400, 450))]


latencies = st.lists(st.floats(0, 1e6, allow_nan=False), max_size=20)
whole = st.integers(0, 2**32).map(drawn)


def exact_cdf(successes: int, trials: int, hundredths: int) -> Fraction:
    """The binomial distribution in whole numbers: the second way."""
    p = Fraction(hundredths, 100)
    return sum((math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(successes + 1)), start=Fraction(0))


@settings(deadline=None)
@given(st.integers(1, 120), st.integers(1, 99), st.data())
def test_binomial_distribution_agrees_with_whole_numbers(trials: int, hundredths: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(-1, trials))
    exact = exact_cdf(successes, trials, hundredths)
    assert binomial_cdf(successes, trials, hundredths / 100) == pytest.approx(float(exact), abs=1e-12)


@pytest.mark.parametrize("samples", [59, 60, 93, 400, 420, 600])
def test_bound_rank_is_the_least_that_the_exact_distribution_allows(samples: int) -> None:
    rank = bound_rank(samples, 0.95)
    assert rank is not None
    assert exact_cdf(rank - 1, samples, 95) >= Fraction(95, 100)
    assert exact_cdf(rank - 2, samples, 95) < Fraction(95, 100)


@pytest.mark.parametrize(("samples", "from_the_top"), [(59, 1), (92, 1), (93, 2), (124, 3), (153, 4), (181, 5)])
def test_bound_rank_agrees_with_published_tables(samples: int, from_the_top: int) -> None:
    """Sample sizes of one-sided distribution-free 95 %/95 % limits (Hahn & Meeker, table A.16)."""
    assert bound_rank(samples, 0.95) == samples - from_the_top + 1


@pytest.mark.parametrize("samples", [0, 1, 58])
def test_no_rank_bounds_p95_of_too_few_samples(samples: int) -> None:
    assert bound_rank(samples, 0.95) is None


def test_bound_covers_the_true_p95_as_often_as_it_says() -> None:
    chance, rounds, rank = random.Random(20_03), 2_000, bound_rank(400, 0.95)
    assert rank is not None
    covered = sum(sorted(chance.random() for _ in range(400))[rank - 1] >= 0.95 for _ in range(rounds))
    assert 0.94 < covered / rounds < 0.985  # exactly 0.9658 by the binomial distribution, ± 3 standard errors


def test_status_of_quick_answers_is_met_only_from_400_on() -> None:
    assert judge([1.0] * 400, 0, target_ms=250).status is SloStatus.MET
    assert judge([1.0] * 399, 0, target_ms=250).status is SloStatus.NOT_MEASURED
    assert judge([], 0, target_ms=250).status is SloStatus.NOT_MEASURED


def test_bound_at_the_target_is_violated() -> None:
    assert judge([250.0] * 400, 0, target_ms=250).status is SloStatus.VIOLATED
    assert judge([249.9] * 400, 0, target_ms=250).status is SloStatus.MET


def test_p95_under_the_target_with_its_bound_over_it_is_violated() -> None:
    judgement = judge([1.0] * 385 + [300.0] * 15, 0, target_ms=250)
    assert judgement.p95_ms == 1.0
    assert judgement.upper_bound_ms == 300.0
    assert judgement.status is SloStatus.VIOLATED


@settings(deadline=None)
@given(latencies | whole, st.integers(1, 500), st.sampled_from([None, "late"]))
def test_any_error_makes_errors(samples: list[float], errors: int, invalid: str | None) -> None:
    assert judge(samples, errors, target_ms=250, doubt=Doubt(invalid) if invalid else None).status is SloStatus.ERRORS


@settings(deadline=None)
@given(latencies | whole)
def test_a_measurement_not_to_be_trusted_is_none(samples: list[float]) -> None:
    assert judge(samples, 0, target_ms=250, doubt=Doubt("late")).status is SloStatus.NOT_MEASURED


@settings(deadline=None)
@given(whole, st.data())
def test_a_slower_answer_never_lowers_the_bound(samples: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(samples) - 1))
    slower = [*samples[:place], samples[place] + data.draw(st.floats(0, 1e4)), *samples[place + 1 :]]
    before, after = judge(samples, 0, target_ms=250), judge(slower, 0, target_ms=250)
    assert before.upper_bound_ms is not None
    assert after.upper_bound_ms is not None
    assert after.upper_bound_ms >= before.upper_bound_ms
    assert not (before.status is SloStatus.VIOLATED and after.status is SloStatus.MET)


@settings(deadline=None)
@given(whole)
def test_judgement_does_not_depend_on_the_order(samples: list[float]) -> None:
    shuffled = random.Random(1).sample(samples, len(samples))
    assert judge(shuffled, 0, target_ms=250) == judge(samples, 0, target_ms=250)


@settings(deadline=None)
@given(whole)
def test_bound_lies_between_p95_and_the_maximum(samples: list[float]) -> None:
    judgement = judge(samples, 0, target_ms=250)
    assert judgement.p95_ms is not None
    assert judgement.upper_bound_ms is not None
    assert judgement.p95_ms <= judgement.upper_bound_ms <= max(samples)


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(50, 99))
def test_nearest_rank_is_not_moved_by_floating_point(samples: int, hundredths: int) -> None:
    expected = math.ceil(Fraction(hundredths, 100) * samples)
    assert nearest_rank(range(1, samples + 1), hundredths / 100) == expected


@pytest.mark.parametrize(
    ("samples", "errors", "status", "reason"),
    [
        ([1.0] * 400, 0, SloStatus.MET, "the upper bound of p95, 1.0 ms, is under 250 ms"),
        ([250.0] * 400, 0, SloStatus.VIOLATED, "the upper bound of p95, 250.0 ms, is not under 250 ms"),
        ([1.0] * 400, 2, SloStatus.ERRORS, "2 of 402 requests had no correct answer"),
        ([1.0] * 399, 0, SloStatus.NOT_MEASURED, "399 requests were measured, at least 400 are needed"),
        ([], 0, SloStatus.NOT_MEASURED, "0 requests were measured, at least 400 are needed"),
    ],
)
def test_outcome_has_its_reason(samples: list[float], errors: int, status: SloStatus, reason: str) -> None:
    judgement = judge(samples, errors, target_ms=250)
    assert (judgement.status, judgement.reason) == (status, reason)
    assert (judgement.samples, judgement.errors) == (len(samples), errors)


def test_figures_are_those_of_the_declared_quantile_and_confidence() -> None:
    ordered = [float(number) for number in range(1, 501)]
    judgement = judge(ordered[::-1], 0, target_ms=460, quantile=0.9, confidence=0.99, least_samples=500)
    rank = bound_rank(500, 0.9, 0.99)
    assert rank not in (bound_rank(500, 0.9), bound_rank(500, 0.99), None)
    assert (judgement.p50_ms, judgement.p95_ms, judgement.max_ms) == (250.0, 450.0, 500.0)
    assert judgement.upper_bound_ms == rank
    assert judgement.reason == f"the upper bound of p90, {rank}.0 ms, is not under 460 ms"


@pytest.mark.parametrize(
    ("errors", "doubt", "status"),
    [
        (2, None, SloStatus.ERRORS),
        (2, Doubt("busy", 10), SloStatus.ERRORS),
        (2, Doubt("late"), SloStatus.NOT_MEASURED),
        (3, Doubt("late"), SloStatus.ERRORS),
    ],
)
def test_overdue_answers_are_errors_unless_the_times_say_nothing(
    errors: int, doubt: Doubt | None, status: SloStatus
) -> None:
    judgement = judge([1.0] * 400, errors, target_ms=250, overdue=2, doubt=doubt)
    assert judgement.status is status
    assert (judgement.reason == "late") is (status is SloStatus.NOT_MEASURED)


@pytest.mark.parametrize(
    ("latency", "doubt", "status"),
    [
        (260.0, Doubt("late", 10), SloStatus.VIOLATED),
        (259.9, Doubt("late", 10), SloStatus.NOT_MEASURED),
        (250.0, Doubt("busy", 10, met_stands=True), SloStatus.NOT_MEASURED),
        (249.9, Doubt("busy", 10, met_stands=True), SloStatus.MET),
        (249.9, Doubt("late", 10), SloStatus.NOT_MEASURED),
    ],
)
def test_a_doubtful_bound_counts_on_the_side_on_which_it_stays(latency: float, doubt: Doubt, status: SloStatus) -> None:
    judgement = judge([latency] * 400, 0, target_ms=250, doubt=doubt)
    assert judgement.status is status
    assert (judgement.reason == doubt.reason) is (status is SloStatus.NOT_MEASURED)


@pytest.mark.parametrize(("samples", "errors"), [([-1.0], 0), ([math.nan], 0), ([math.inf], 0), ([1.0], -1)])
def test_impossible_figures_are_refused(samples: list[float], errors: int) -> None:
    with pytest.raises(ValueError, match=r"^latencies must be finite and not negative, errors not negative$"):
        judge(samples, errors, target_ms=250)

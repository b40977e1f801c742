"""The comparison with the last PASS: an accident is no regression, nor is a difference that does not matter."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acceptance.support.latencies.regression import compare, mann_whitney

sample = st.lists(st.integers(0, 40).map(float), min_size=1, max_size=60)


def noisy(seed: int, centre_ms: float, count: int = 400) -> list[float]:
    """Latencies with a long tail."""
    chance = random.Random(seed)
    return [centre_ms * chance.lognormvariate(0, 0.3) for _ in range(count)]


@settings(deadline=None)
@given(sample, sample)
def test_superiority_counts_the_pairs(baseline: list[float], now: list[float]) -> None:
    pairs = [(new > old) + (new == old) / 2 for old, new in itertools.product(baseline, now)]
    assert mann_whitney(baseline, now)[0] == pytest.approx(sum(pairs) / len(pairs))


def test_p_value_agrees_with_the_exact_distribution() -> None:
    """Count all ways to choose which 9 of 18 values are of now."""
    values = [3.0, 5.0, 5.0, 8.0, 9.0, 11.0, 11.0, 12.0, 15.0, 17.0, 18.0, 18.0, 20.0, 23.0, 25.0, 26.0, 26.0, 30.0]
    now = [values[place] for place in (3, 6, 9, 10, 12, 13, 14, 16, 17)]
    baseline = [values[place] for place in (0, 1, 2, 4, 5, 7, 8, 11, 15)]
    superiority, p_value = mann_whitney(baseline, now)
    midranks = [sum(o < v for o in values) + (values.count(v) + 1) / 2 for v in values]
    observed = superiority * 81 + 45
    sums = [sum(chosen) for chosen in itertools.combinations(midranks, 9)]
    assert p_value == pytest.approx(sum(total >= observed for total in sums) / len(sums), rel=0.1)


@settings(deadline=None)
@given(sample, sample)
def test_a_slower_now_is_never_less_superior(baseline: list[float], now: list[float]) -> None:
    """The p-value is not monotonic: ties shrink the variance of few values."""
    superiority, p_value = mann_whitney(baseline, now)
    assert mann_whitney(baseline, [value + 1 for value in now])[0] >= superiority
    assert mann_whitney(now, baseline)[0] == pytest.approx(1 - superiority)
    assert 0 <= p_value <= 1


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e5), max_size=100))
def test_a_run_is_no_regression_of_itself(samples: list[float]) -> None:
    assert not compare(samples, samples).regressed


def test_an_accident_is_no_regression() -> None:
    assert not any(compare(noisy(seed, 20), noisy(seed + 1000, 20)).regressed for seed in range(60))


def test_half_as_slow_again_is_a_regression_and_the_reverse_is_none() -> None:
    comparison = compare(noisy(1, 20), noisy(2, 30))
    assert comparison.regressed
    assert comparison.superiority is not None
    assert comparison.superiority > 0.7
    assert not compare(noisy(2, 30), noisy(1, 20)).regressed


def test_a_certain_difference_that_does_not_matter_is_no_regression() -> None:
    few_percent, few_microseconds = compare(noisy(1, 200), noisy(2, 220)), compare(noisy(1, 0.2), noisy(2, 0.4))
    for comparison in (few_percent, few_microseconds):
        assert comparison.p_value is not None
        assert comparison.p_value < 0.001
        assert not comparison.regressed


@pytest.mark.parametrize(("before", "after"), [(0, 400), (400, 0), (19, 400), (400, 19)])
def test_too_few_samples_say_nothing(before: int, after: int) -> None:
    comparison = compare(noisy(1, 20, before), noisy(2, 90, after))
    assert comparison.p_value is None
    assert not comparison.regressed


def test_equal_values_have_no_direction() -> None:
    assert mann_whitney([5.0] * 30, [5.0] * 30) == (0.5, 1.0)
    with pytest.raises(ValueError, match="both"):
        mann_whitney([], [1.0])

"""The search for the rate at which p95 still meets its target."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.api_load.capacity import FACTOR, LEAST_RATE, NARROW, Capacity, Outcome, Try, next_rate, search

PLENTY = 60


def found(knee: float, start: float = 50, most: int = PLENTY, failing: Outcome = Outcome.EXCEEDS) -> Capacity:
    def measured(rate: float) -> Try:
        return Try(rate, Outcome.HOLDS if rate <= knee else failing, 1.0)

    return search(measured, start, most)


@given(st.floats(LEAST_RATE * FACTOR, 5000), st.floats(5, 500))
def test_capacity_is_found_to_within_a_tenth_whatever_it_is(knee: float, start: float) -> None:
    capacity = found(knee, start)
    assert capacity.rate_per_s is not None
    assert capacity.failed_at_per_s is not None
    assert capacity.rate_per_s <= knee < capacity.failed_at_per_s
    # Rates are tried to one decimal.
    assert capacity.failed_at_per_s - 0.1 <= (capacity.rate_per_s + 0.1) * NARROW
    assert capacity.limited_by is Outcome.EXCEEDS


@given(st.floats(1, 5000), st.integers(1, 15))
def test_search_is_bounded_and_keeps_every_try(knee: float, most: int) -> None:
    asked: list[float] = []

    def measured(rate: float) -> Try:
        asked.append(rate)
        return Try(rate, Outcome.HOLDS if rate <= knee else Outcome.EXCEEDS, None)

    capacity = search(measured, 50, most)
    assert len(asked) <= most
    assert [one.rate_per_s for one in capacity.tries] == asked
    assert all(rate >= LEAST_RATE - 0.1 for rate in asked)


def test_rate_that_never_fails_is_a_capacity_without_a_limit() -> None:
    capacity = found(10_000, most=4)
    assert (capacity.failed_at_per_s, capacity.limited_by) == (None, None)
    rates = [one.rate_per_s for one in capacity.tries]
    assert [after / before for before, after in pairwise(rates)] == pytest.approx([FACTOR] * 3, rel=0.01)


def test_service_that_never_holds_has_no_capacity() -> None:
    assert found(0).rate_per_s is None


@pytest.mark.parametrize("limit", [Outcome.GENERATOR, Outcome.ERRORS, Outcome.EXCEEDS])
def test_what_stopped_the_search_is_said(limit: Outcome) -> None:
    assert found(120, failing=limit).limited_by is limit


def test_one_disturbance_does_not_end_the_search() -> None:
    outcomes = iter([Outcome.EXCEEDS, Outcome.HOLDS, Outcome.EXCEEDS, Outcome.EXCEEDS, *[Outcome.HOLDS] * 9])
    capacity = search(lambda rate: Try(rate, next(outcomes), None), 50, 6)
    assert [one.rate_per_s for one in capacity.tries[:4]] == [50, 50, 80, 80]
    assert capacity.rate_per_s is not None
    assert 50 < capacity.rate_per_s < 80


def test_search_over_is_no_rate() -> None:
    assert next_rate(100, 109) is None
    assert next_rate(None, LEAST_RATE) is None

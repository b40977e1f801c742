"""Durations and usual capacities, as docs/kpis.md, "What if", defines them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.simulation.open_work import LARGEST_RATIO, Pace, usual_capacity

HOUR, DAY = 3_600, 86_400


@pytest.mark.parametrize(
    ("median_s", "usual", "coefficient", "expected"),
    [
        (HOUR, 1.5, 1.5, 3_600),
        (HOUR, 1.5, 3.0, 7_200),
        (HOUR, 1.5, 0.5, 1_200),
        (HOUR, 1.5, 15.0, 36_000),
        (HOUR, 1.5, 160.0, 36_000),
        (HOUR, 1.5, 0.0, 3_600),
        (HOUR, 1.5, -2.0, 3_600),
        (HOUR, 0.0, 2.0, 3_600),
        (0.5, 1.0, 1.0, 1),
        (0.4, 1.0, 1.0, 0),
        (None, 1.5, 3.0, 0),
    ],
)
def test_duration_is_the_median_weighted_by_the_coefficient(
    median_s: float | None, usual: float, coefficient: float, expected: int
) -> None:
    assert Pace(None, median_s, usual, 1).duration_s(coefficient) == expected


@given(st.floats(0, 4e9), st.floats(-10, 1e300), st.floats(-1e308, 1e308))
def test_duration_is_bounded_whatever_the_coefficient(median_s: float, usual: float, coefficient: float) -> None:
    assert 0 <= Pace(None, median_s, usual, 1).duration_s(coefficient) <= math.ceil(LARGEST_RATIO * median_s) + 1


@pytest.mark.parametrize(
    ("executions", "median_s", "expected"),
    [(0, HOUR, 1), (30, DAY, 1), (31, DAY, 2), (720, HOUR, 1), (721, HOUR, 2), (100, None, 1), (60, 2.0 * DAY, 4)],
)
def test_usual_capacity_is_what_ran_side_by_side_and_never_nothing(
    executions: int, median_s: float | None, expected: int
) -> None:
    assert usual_capacity(executions, median_s, 30) == expected

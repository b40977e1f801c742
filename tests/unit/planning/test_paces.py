"""Durations, as docs/kpis.md, "What if", defines them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.simulation.paces import LARGEST_RATIO, Pace

HOUR = 3_600


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


def test_pace_factor_stretches_the_duration() -> None:
    assert Pace(None, HOUR, 1.5, 1).duration_s(3.0, 2.5) == 5 * HOUR
    assert Pace(None, 1.0, 1.5, 1).duration_s(1.5, 0.4) == 0

"""Arithmetic of the benchmark: what no clock can decide."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.ingestion_speed.figures import (
    Judged,
    NotMeasured,
    Verdict,
    doubled,
    growth,
    median,
    paired_ratios,
    slope,
)

POSITIVE = st.floats(min_value=1e-3, max_value=1e6)


@given(
    exponent=st.floats(min_value=-3, max_value=3),
    factor=POSITIVE,
    sizes=st.lists(st.integers(min_value=1, max_value=10**6), min_size=2, max_size=6, unique=True),
)
def test_slope_is_the_exponent_of_a_power_law(exponent: float, factor: float, sizes: list[int]) -> None:
    assert slope([(x, factor * x**exponent) for x in sizes]) == pytest.approx(exponent, abs=1e-6)


def test_slope_is_least_squares_and_not_the_line_through_the_ends() -> None:
    assert slope([(1, 1), (math.e, math.e**3), (math.e**2, 1)]) == pytest.approx(0)


@pytest.mark.parametrize(
    "points", [[], [(1, 1)], [(2, 1), (2, 3)], [(1, 0), (2, 1)], [(1, 1), (2, -1)], [(0, 1), (2, 1)]]
)
def test_slope_of_what_has_none_is_not_measured(points: list[tuple[float, float]]) -> None:
    with pytest.raises(NotMeasured):
        slope(points)


@given(fixed=st.floats(min_value=0, max_value=5), exponent=st.floats(min_value=0.5, max_value=1.5))
def test_growth_leaves_out_what_an_empty_workbook_takes(fixed: float, exponent: float) -> None:
    rows = {0.1: 1000, 0.3: 3000, 1.0: 10000}
    seconds = {scale: [fixed + count**exponent, fixed + count**exponent] for scale, count in rows.items()}
    assert growth(rows, seconds, [fixed, fixed, fixed + 9]) == pytest.approx(exponent, abs=1e-3)


@given(st.lists(POSITIVE, min_size=1, max_size=9), POSITIVE, POSITIVE)
def test_a_drift_of_the_machine_leaves_paired_ratios_alone(drifts: list[float], part: float, whole: float) -> None:
    ratios = paired_ratios([part * drift for drift in drifts], [whole * drift for drift in drifts])
    assert ratios == pytest.approx([part / whole] * len(drifts))


@pytest.mark.parametrize(("parts", "wholes"), [([], []), ([1.0], [1.0, 2.0]), ([1.0, 2.0], [1.0])])
def test_rounds_that_lack_a_side_are_not_paired(parts: list[float], wholes: list[float]) -> None:
    with pytest.raises(NotMeasured):
        paired_ratios(parts, wholes)


def test_median_of_nothing_is_not_measured() -> None:
    assert median([3.0, 1.0, 2.0]) == 2
    with pytest.raises(NotMeasured):
        median([])


@pytest.mark.parametrize(
    ("found", "verdict"),
    [(None, Verdict.NOT_MEASURED), (0.0, Verdict.MET), (0.25, Verdict.MET), (0.2500001, Verdict.MISSED)],
)
def test_a_target_is_met_at_its_limit_and_nothing_measured_is_not_met(found: float | None, verdict: Verdict) -> None:
    assert Judged("first load", 0.25, "× openpyxl", found).verdict is verdict


@given(st.lists(st.floats(min_value=0.001, max_value=1.9), min_size=1), st.floats(min_value=1.9, max_value=4))
def test_twice_the_rows_is_a_pair_that_can_be_made(scales: list[float], largest: float) -> None:
    half, whole = doubled(scales, largest)
    assert whole == 2 * half
    assert whole <= largest
    assume(2 * max(scales) <= largest)
    assert half == max(scales)

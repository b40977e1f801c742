"""Bounds and tolerances of an expectation are inclusive, of the figure's kind, and finite."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugin.expectations import holds, of


@given(st.integers(), st.integers())
def test_bounds_are_inclusive(one: int, other: int) -> None:
    assert holds(of(one).at_most, other) == (one <= other)
    assert holds(of(one).at_least, other) == (one >= other)
    assert holds(of(one).close_to, other, tolerance=2) == (-2 <= one - other <= 2)


def test_truth_value_is_no_number_to_compare_with() -> None:
    assert not holds(of(True).at_least, 1) and not holds(of(False).at_most, 1)
    assert not holds(of(True).close_to, 1, tolerance=0)
    assert holds(of(True).at_least, False) and holds(of(False).at_most, True)
    assert holds(of(True).close_to, False, tolerance=1)
    assert not holds(of(SimpleNamespace(on=True)).equals, SimpleNamespace(on=1))


@pytest.mark.parametrize("limit", [float("inf"), float("nan"), Decimal("-Infinity"), np.float64("inf")])
def test_tolerance_or_bound_of_anything_is_refused(limit: Any) -> None:
    claims = [
        partial(of(5).close_to, 1, tolerance=limit),
        partial(of(5).at_most, limit),
        partial(of(5).at_least, limit),
    ]
    for name, claim in zip(("tolerance", "bound", "bound"), claims, strict=True):
        with pytest.raises(ValueError, match=f"^level: a {name} of {limit} would accept anything or nothing$"):
            claim()


def test_tolerance_is_a_duration_or_a_fraction_where_the_figure_is() -> None:
    assert holds(of(date(2026, 1, 3)).close_to, date(2026, 1, 1), tolerance=timedelta(days=2))
    assert not holds(of(date(2026, 1, 4)).close_to, date(2026, 1, 1), tolerance=timedelta(days=2))
    assert holds(of(Fraction(1, 3)).close_to, Fraction(1, 4), tolerance=Fraction(1, 10))

"""Bounds of rows: sums of terms in the size of the run, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.performance.errors import DeclarationError
from app.performance.slo.row_bound import FACTS, parse_bound

facts = st.fixed_dictionaries({fact: st.integers(0, 10**9) for fact in FACTS})


@settings(deadline=None)
@given(facts)
def test_bound_is_the_sum_of_its_terms(run: dict[str, int]) -> None:
    bound = parse_bound("0.5 * work_orders + 20+2*quality_errors + 1.5")
    assert bound.rows(run) == pytest.approx(0.5 * run["work_orders"] + 2 * run["quality_errors"] + 21.5)


@settings(deadline=None)
@given(facts, facts)
def test_a_larger_run_never_lowers_the_bound(run: dict[str, int], more: dict[str, int]) -> None:
    bound = parse_bound("0.1 * order_phases + 0.2 * open_work_orders + 5")
    assert bound.rows({fact: run[fact] + more[fact] for fact in run}) >= bound.rows(run)


@pytest.mark.parametrize(
    "text", ["", "+", "0", "0.5", "0.5 * work_orders", "-3", "3 * 4", "3 * rows", "1 + -2", "1e3", "nan", "3;drop"]
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(DeclarationError):
        parse_bound(text)

"""Bounds of rows: sums of terms in the size of the run, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.performance.errors import DeclarationError
from app.performance.slo.row_bound import FACTS, RowBound, parse_bound

NAMES = ", ".join(FACTS)
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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "1 + 3 * rows",
            f'"1 + 3 * rows" is no bound of rows: "3 * rows" is neither a number nor number * one of {NAMES}.',
        ),
        ("0.9", '"0.9" allows less than one row of an empty run: add a constant of at least 1.'),
    ],
)
def test_refusal_names_the_term_and_what_may_stand_there(text: str, sentence: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        parse_bound(text)
    assert str(refused.value) == sentence


def test_one_row_is_the_least_bound() -> None:
    assert parse_bound("1") == RowBound("1", 1.0, ())
    assert parse_bound("1").rows({}) == 1
    assert parse_bound("0.5 + 0.5").rows({}) == 1

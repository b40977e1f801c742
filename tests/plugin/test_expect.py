"""An expectation holds exactly when its claim does; one that fails stands in the finding with all that it said."""

from __future__ import annotations

import copy
import pickle
from collections import Counter, deque
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_gate.in_pytest.evidence import Evidence
from release_gate.record.expect import Expectation, ExpectationFailed
from tests.plugin.foreign import Project

VALUES = st.one_of(st.integers(-3, 3), st.booleans(), st.floats(), st.text("ab", max_size=2), st.none())


def of(actual: Any) -> Expectation:
    return Expectation(actual, "level", "l", "the gauge", lambda *_, **__: None)


def holds(claim: Any, *arguments: Any, **named: Any) -> bool:
    try:
        claim(*arguments, **named)
    except ExpectationFailed:
        return False
    return True


@given(VALUES, VALUES)
def test_equals_is_equality_of_one_kind(one: Any, other: Any) -> None:
    assert holds(of(one).equals, other) == (one == other and isinstance(one, bool) is isinstance(other, bool))


@dataclass(frozen=True)
class Cup:
    litres: Any


class Mug(msgspec.Struct):
    litres: Any


class Pot(pydantic.BaseModel):
    litres: Any


@dataclass
class Spout:
    """Equal to every other one."""

    litres: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spout)


NAN = float("nan")
UNEQUAL = [
    ([True], [1]),
    ((1, [0]), (1, [False])),
    ({"on": True}, {"on": 1}),
    ({1: "on"}, {True: "on"}),
    ({1}, {True}),
    (frozenset({(1,)}), frozenset({(True,)})),
    (Cup(1), Cup(True)),
    (Cup([NAN]), Cup([NAN])),
    ([NAN], [NAN]),
    ({"a": {"b": [NAN]}}, {"a": {"b": [NAN]}}),
    (deque([1]), deque([True])),
    (Mug(1), Mug(True)),
    (Mug([NAN]), Mug([NAN])),
    (Pot(litres=1), Pot(litres=True)),
    (np.True_, 1),
    (np.True_, np.int64(1)),
]


@pytest.mark.parametrize(("one", "other"), UNEQUAL)
def test_equality_is_strict_however_deep(one: Any, other: Any) -> None:
    assert not holds(of(one).equals, other)
    assert not holds(of(other).equals, one)
    assert not holds(of([one]).contains, other)
    assert not holds(of([one]).same_items, [other])


EQUAL = [[True, 1], {"a": {1, 2}}, Cup((1.0, "x")), {True: [None]}, deque([b"x"]), range(3)]
EQUAL += [Mug([1]), Pot(litres="x"), np.True_, np.int64(3), np.float32(0.5)]


@pytest.mark.parametrize("value", EQUAL)
def test_equal_values_are_equal(value: Any) -> None:
    assert holds(of(value).equals, copy.deepcopy(value))


def test_truth_value_of_numpy_is_one() -> None:
    assert holds(of(np.True_).equals, True) and holds(of(True).equals, np.True_)
    assert not holds(of(np.True_).at_least, 1)


def test_class_that_compares_itself_decides_which_fields_count() -> None:
    assert holds(of(Spout(1)).equals, Spout(2))


@given(st.integers(), st.integers())
def test_bounds_are_inclusive(one: int, other: int) -> None:
    assert holds(of(one).at_most, other) == (one <= other)
    assert holds(of(one).at_least, other) == (one >= other)
    assert holds(of(one).close_to, other, tolerance=2) == (-2 <= one - other <= 2)


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_same_items_counts_each_as_often(one: list[int], other: list[int]) -> None:
    assert holds(of(one).same_items, other) == (Counter(one) == Counter(other))


@pytest.mark.parametrize(
    ("whole", "part", "expected"), [("steam", "tea", True), ([1, 2], 3, False), (bytearray(b"tea"), b"ea", True)]
)
def test_contains(whole: Any, part: Any, expected: bool) -> None:
    assert holds(of(whole).contains, part) is expected


def test_empty_text_is_contained_in_nothing() -> None:
    assert not holds(of("steam").contains, "") and not holds(of(b"steam").contains, b"")


def test_iterators_and_ranges_are_looked_through_once() -> None:
    assert holds(of(iter([1, 2])).contains, 1) and not holds(of(iter([True])).contains, 1)
    assert holds(of(range(10**12)).contains, 10**11)


def test_truth_value_is_no_number_to_compare_with() -> None:
    assert not holds(of(True).at_least, 1) and not holds(of(False).at_most, 1)
    assert not holds(of(True).close_to, 1, tolerance=0)
    assert not holds(of(SimpleNamespace(on=True)).equals, SimpleNamespace(on=1))


@pytest.mark.parametrize("tolerance", [float("inf"), float("nan")])
def test_tolerance_of_anything_is_refused(tolerance: float) -> None:
    with pytest.raises(ValueError, match="would accept anything"):
        of(5).close_to(1, tolerance=tolerance)


@pytest.mark.parametrize("bound", [float("inf"), float("nan"), Decimal("-Infinity"), np.float64("inf")])
def test_bound_of_anything_is_refused(bound: Any) -> None:
    for claim in (of(5).at_most, of(5).at_least):
        with pytest.raises(ValueError, match="would accept anything"):
            claim(bound)


def test_tolerance_is_a_duration_or_a_fraction_where_the_figure_is() -> None:
    assert holds(of(date(2026, 1, 3)).close_to, date(2026, 1, 1), tolerance=timedelta(days=2))
    assert not holds(of(date(2026, 1, 4)).close_to, date(2026, 1, 1), tolerance=timedelta(days=2))
    assert holds(of(Fraction(1, 3)).close_to, Fraction(1, 4), tolerance=Fraction(1, 10))


def test_items_are_compared_with_an_iterator() -> None:
    with pytest.raises(ExpectationFailed, match=r"expected 2 items l, found missing \[2\], surplus \[3\]"):
        of([1, 3]).same_items(iter([1, 2]))


def test_claim_that_is_compared_with_nothing_was_not_measured(tmp_path: Path) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    evidence = Evidence(lambda event, **facts: told.append((event, facts)), tmp_path)
    evidence.expect(3, "cups").equals(3)
    evidence.expect(4, "lids")
    evidence.close()
    assert told[-1] == ("not_measured", {"reason": "nothing was expected of: lids"})


def test_evidence_does_not_travel_to_another_process(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="return what the child found"):
        pickle.dumps(Evidence(print, tmp_path))


def test_every_expectation_is_evidence(tmp_path: Path) -> None:
    kept: list[dict[str, Any]] = []
    evidence = Evidence(lambda _, **facts: kept.append(facts["item"]), tmp_path)
    evidence.expect(3, "cups", unit="cup", source="the shelf").equals(3)
    assert kept == [{"kind": "value", "name": "cups", "value": 3, "unit": "cup", "source": "the shelf"}]


def test_failed_expectation_stands_in_the_finding_and_the_triage(kettle: Project) -> None:
    kettle.replace(
        "tests/test_a_water.py",
        'evidence.record("level", 0.8, unit="l", source="the gauge")',
        'evidence.expect(0.2, "level ada@example.org", unit="l", source="the gauge").at_least(0.5)',
    )
    assert kettle.supervised().exit_code == 1
    finding = kettle.check("A1")["finding"]
    assert finding["expectation"] == {
        "claim": "level [redacted]",
        "expected": "at least 0.5",
        "actual": "0.2",
        "unit": "l",
        "source": "the gauge",
    }
    assert finding["root_cause"] == "level [redacted]: expected at least 0.5 l, found 0.2 l (from the gauge)"
    triage = (kettle.folder / "ERROR_TRIAGE_REPORT.md").read_text("utf-8")
    assert "  - expected: at least 0.5\n  - found: 0.2\n" in triage


def test_plain_assert_keeps_its_explanation(kettle: Project) -> None:
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert len(mode) == 5, "slow"')
    kettle.replace("tests/test_a_water.py", "evidence.record", "assert [1, 2] == [1, 3]\n    evidence.record")
    assert kettle.supervised("--keep-going").exit_code == 1
    assert "[1, 2] == [1, 3]" in kettle.check("A1")["finding"]["root_cause"]

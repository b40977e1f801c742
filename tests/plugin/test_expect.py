"""An expectation holds exactly when its claim does; one that fails stands in the finding with all that it said."""

from __future__ import annotations

import copy
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import ANY

import attrs
import msgspec
import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_gate.record.expect import ExpectationFailed, shown
from tests.plugin.expectations import holds, of

VALUES = st.one_of(st.integers(-3, 3), st.booleans(), st.floats(), st.text("ab", max_size=2), st.none())


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


@attrs.frozen
class Jug:
    litres: Any
    label: str = attrs.field(default="", eq=False)


@dataclass
class Jar:
    """A dataclass of which one field does not count."""

    litres: Any
    label: Any = field(default=0, compare=False)


class Drawer:
    """Holds spoons and cannot be looked through."""

    def __contains__(self, part: object) -> bool:
        return part == "spoon"


class Unreadable:
    def __repr__(self) -> str:
        raise OSError("dry")


NAN = float("nan")
DAY, LATER = "datetime.date(2026, 1, 1)", "datetime.date(2026, 1, 4)"
TWO_DAYS = "datetime.timedelta(days=2)"
UNEQUAL = [
    ([True], [1]),
    ((1, [0]), (1, [False])),
    ({"on": True}, {"on": 1}),
    ({1: "on"}, {True: "on"}),
    ({1}, {True}),
    (frozenset({(1,)}), frozenset({(True,)})),
    (Cup(1), Cup(True)),
    (Cup([NAN]), Cup([NAN])),
    (Cup(NAN), Cup(NAN)),
    (Jug(1), Jug(True)),
    (Jar([1]), Jar([True])),
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
EQUAL += [Jug(1), Jar(1), {"a": ANY}]


@pytest.mark.parametrize("value", EQUAL)
def test_equal_values_are_equal(value: Any) -> None:
    assert holds(of(value).equals, copy.deepcopy(value))


def test_truth_value_of_numpy_is_one() -> None:
    assert holds(of(np.True_).equals, True) and holds(of(True).equals, np.True_)
    assert not holds(of(np.True_).at_least, 1)


class Clause:
    """Compared, it gives an object that says nothing, as the columns of a query do."""

    def __eq__(self, other: object) -> Any:
        return [False]

    __le__ = __ge__ = __sub__ = __eq__

    def __abs__(self) -> Any:
        return self


@pytest.mark.parametrize("claim", ["equals", "at_most", "at_least"])
def test_comparison_whose_outcome_is_no_truth_value_does_not_hold(claim: str) -> None:
    assert not holds(getattr(of(Clause()), claim), 5)


def test_class_that_compares_itself_decides_which_fields_count() -> None:
    assert holds(of(Spout(1)).equals, Spout(2))
    assert holds(of(Spout(True)).equals, Spout(2)) and holds(of(Spout(2)).equals, Spout(True))
    assert holds(of(Jug(1, "a")).equals, Jug(1, "b")) and holds(of(Jar(1, True)).equals, Jar(1, 1))


@pytest.mark.parametrize("value", [{"a": 1}, {1}, [1], SimpleNamespace(a=1)], ids=str)
def test_value_of_another_kind_that_equals_it_is_equal(value: Any) -> None:
    assert holds(of(value).equals, ANY) and holds(of(ANY).equals, value)


FAILURES: list[tuple[Any, str, tuple[Any, ...], dict[str, Any], str, str]] = [
    (1234, "equals", (5678,), {}, "5,678", "1,234"),
    (1.5, "close_to", (2.5,), {"tolerance": 0.25}, "2.5 ± 0.25", "1.5"),
    (date(2026, 1, 4), "close_to", (date(2026, 1, 1),), {"tolerance": timedelta(2)}, f"{DAY} ± {TWO_DAYS}", LATER),
    (2000, "at_most", (1000,), {}, "at most 1,000", "2,000"),
    (1000, "at_least", (2000,), {}, "at least 2,000", "1,000"),
    ([1, 2], "contains", (3,), {}, "something with 3", "[1, 2]"),
    ([1, 2, 2], "same_items", ([2, 3],), {}, "2 items", "missing [3], surplus [1, 2]"),
]


@pytest.mark.parametrize(("actual", "claim", "arguments", "named", "wanted", "found"), FAILURES)
def test_failure_says_claim_expected_and_found(
    actual: Any, claim: str, arguments: tuple[Any, ...], named: dict[str, Any], wanted: str, found: str
) -> None:
    expectation = of(actual)
    assert (expectation.compared, expectation.failure) == (False, None)
    with pytest.raises(ExpectationFailed) as failed:
        getattr(expectation, claim)(*arguments, **named)
    assert expectation.failure is failed.value
    assert expectation.compared is True
    told = {"claim": "level", "expected": wanted, "actual": found, "unit": "l", "source": "the gauge"}
    assert failed.value.expectation == told
    assert str(failed.value) == f"level: expected {wanted} l, found {found} l (from the gauge)"


@pytest.mark.parametrize(
    ("unit", "source", "told"),
    [
        ("", "", "level: expected 2, found 1"),
        ("l", "", "level: expected 2 l, found 1 l"),
        ("", "the gauge", "level: expected 2, found 1 (from the gauge)"),
    ],
)
def test_unit_and_source_are_told_where_there_are_any(unit: str, source: str, told: str) -> None:
    assert str(ExpectationFailed("level", "2", "1", unit, source)) == told


def test_claim_is_compared_once_it_holds() -> None:
    expectation = of([1])
    expectation.same_items([1])
    assert (expectation.compared, expectation.failure) == (True, None)


def test_the_line_of_the_claim_is_the_last_that_a_traceback_shows() -> None:
    with pytest.raises(ExpectationFailed) as failed:
        of(1).equals(2)
    assert failed.traceback[-1].locals["__tracebackhide__"] is True


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1234567, "-1,234,567"),
        (True, "True"),
        (2**4096 - 1, f"{2**4096 - 1:,}"[:299] + "…"),
        (2**4096, hex(2**4096)[:299] + "…"),
        ("a\n  b", "'a\\n b'"),
        ("x" * 298, "'" + "x" * 298 + "'"),
        ("x" * 299, "'" + "x" * 298 + "…"),
        (Unreadable(), "(Unreadable, whose text cannot be read: OSError)"),
    ],
    ids=["number", "bool", "large number", "huge number", "blanks", "300 signs", "301 signs", "unreadable"],
)
def test_value_is_shown_in_one_line_of_limited_length(value: Any, text: str) -> None:
    assert shown(value) == text


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_same_items_counts_each_as_often(one: list[int], other: list[int]) -> None:
    assert holds(of(one).same_items, other) == (Counter(one) == Counter(other))


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        ("steam", "tea", True),
        (bytearray(b"tea"), b"ea", True),
        ([1, 2], 3, False),
        ([1, 2], 2, True),
        ([True, 1], 1, True),
        ({"a": 1}, "a", True),
        (Drawer(), "spoon", True),
        (Drawer(), "fork", False),
    ],
)
def test_contains(whole: Any, part: Any, expected: bool) -> None:
    assert holds(of(whole).contains, part) is expected


def test_empty_text_is_contained_in_nothing() -> None:
    assert not holds(of("steam").contains, "") and not holds(of(b"steam").contains, b"")


def test_iterators_and_ranges_are_looked_through_once() -> None:
    assert holds(of(iter([1, 2])).contains, 1) and not holds(of(iter([True])).contains, 1)
    assert holds(of(range(10**12)).contains, 10**11)


def test_items_are_compared_with_an_iterator() -> None:
    with pytest.raises(ExpectationFailed, match=r"expected 2 items l, found missing \[2\], surplus \[3\]"):
        of([1, 3]).same_items(iter([1, 2]))

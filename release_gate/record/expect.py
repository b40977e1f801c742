"""Expectations: a figure, kept as evidence, and a claim about it, which a finding describes if it does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import isinf, isnan
from typing import Any

from release_gate.record.plain import LARGEST_BITS
from release_gate.record.sameness import holds, is_truth, same

LONGEST_VALUE = 300


class ExpectationFailed(AssertionError):
    """A claim does not hold. Attributes: claim, expected, actual, unit, source (all texts)."""

    def __init__(self, claim: str, expected: str, actual: str, unit: str, source: str) -> None:
        self.claim, self.expected, self.actual, self.unit, self.source = claim, expected, actual, unit, source
        of_unit, seen_in = f" {unit}" if unit else "", f" (from {source})" if source else ""
        self.root_cause = f"{claim}: expected {expected}{of_unit}, found {actual}{of_unit}{seen_in}"
        super().__init__(self.root_cause)

    @property
    def expectation(self) -> dict[str, str]:
        """The expectation in the format of a finding."""
        return {name: getattr(self, name) for name in ("claim", "expected", "actual", "unit", "source")}


class Expectation:
    """A figure and its expected value.

    record: keeps it as evidence (name, value, unit, source). compared: True once one of the comparisons was called; a
    claim that is never compared proves nothing. failure: the exception of a failed comparison.
    """

    def __init__(self, actual: Any, claim: str, unit: str, source: str, record: Callable[..., object]) -> None:
        self._actual, self.claim, self._unit, self._source = actual, claim, unit, source
        self.compared = False
        self.failure: ExpectationFailed | None = None
        record(claim, actual, unit=unit, source=source)

    def equals(self, expected: Any) -> None:
        """Exactly equal. True is not 1 and NaN equals nothing, within containers too; for floats see `close_to`."""
        self._require(same(self._actual, expected), shown(expected))

    def close_to(self, expected: Any, *, tolerance: Any) -> None:
        """At most `tolerance` (absolute, in the claim's unit) from the value. Raises ValueError for an infinite one."""
        self._require_finite("tolerance", tolerance)
        near = holds(abs(self._actual - expected) <= tolerance)
        self._require(self._comparable(expected) and near, f"{shown(expected)} ± {_short(tolerance)}")

    def at_most(self, bound: Any) -> None:
        """The figure is not above `bound`. Raises ValueError for an infinite one."""
        self._require_finite("bound", bound)
        self._require(self._comparable(bound) and holds(self._actual <= bound), f"at most {shown(bound)}")

    def at_least(self, bound: Any) -> None:
        """The figure is not below `bound`. Raises ValueError for an infinite one."""
        self._require_finite("bound", bound)
        self._require(self._comparable(bound) and holds(self._actual >= bound), f"at least {shown(bound)}")

    def contains(self, part: Any) -> None:
        """`part in actual`; False for an empty text, which every text contains."""
        if isinstance(self._actual, Iterator):
            found = any(same(item, part) for item in self._actual)
        elif isinstance(self._actual, str | bytes | bytearray | range):
            found = part in self._actual and part not in ("", b"")
        else:
            found = part in self._actual
            if found and isinstance(self._actual, Iterable):
                found = any(same(item, part) for item in self._actual)
        self._require(found, f"something with {shown(part)}")

    def same_items(self, expected: Iterable[Any]) -> None:
        """The items are equal in any order, each as often; the finding shows the difference."""
        wanted = list(expected)
        missing, surplus = wanted.copy(), []
        for item in self._actual:
            place = next((place for place, other in enumerate(missing) if same(item, other)), None)
            if place is None:
                surplus.append(item)
            else:
                del missing[place]
        self.compared = True
        if missing or surplus:
            self._fail(f"{len(wanted)} items", f"missing {shown(missing)}, surplus {shown(surplus)}")

    def _comparable(self, other: Any) -> bool:
        """True if both values are bools or neither is, because Python compares bools with numbers."""
        return is_truth(self._actual) is is_truth(other)

    def _require_finite(self, name: str, limit: Any) -> None:
        if _is_without_end(limit):
            raise ValueError(f"{self.claim}: a {name} of {limit} would accept anything or nothing")

    def _require(self, is_met: bool, expected: str) -> None:
        self.compared = True
        if not is_met:
            self._fail(expected, shown(self._actual))

    def _fail(self, expected: str, actual: str) -> None:
        __tracebackhide__ = True
        self.failure = ExpectationFailed(self.claim, expected, actual, self._unit, self._source)
        raise self.failure


def shown(value: Any) -> str:
    """A value as one line of limited length."""
    if isinstance(value, int) and not isinstance(value, bool):
        text = f"{value:,}" if value.bit_length() <= LARGEST_BITS else hex(value)
    else:
        text = " ".join(_written(value).split())
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _is_without_end(limit: Any) -> bool:
    """True for an infinity and NaN; a date, a duration and a text are neither."""
    try:
        return isinf(limit) or isnan(limit)
    except (TypeError, OverflowError, ValueError):
        return False


def _short(number: Any) -> str:
    try:
        return f"{number:g}"
    except (TypeError, ValueError, OverflowError):  # a fraction before Python 3.12, a duration
        return shown(number)


def _written(value: Any) -> str:
    try:
        return repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # its author's code, which may raise anything
        return f"({type(value).__name__}, whose text cannot be read: {type(error).__name__})"

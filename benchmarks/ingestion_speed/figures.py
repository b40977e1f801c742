"""Pure arithmetic of the benchmark: medians, paired ratios, growth by least squares, verdicts."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Measured = TypeVar("Measured")
"""The record of a benchmark."""
Figure = tuple[float, Sequence[float], str]
"""The finding, every value behind it, and remarks."""


class NotMeasured(ValueError):
    """A figure cannot be had from what was measured; the message says why."""


class Verdict(StrEnum):
    """The verdict of a target."""

    MET = "met"
    MISSED = "missed"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Judged:
    """One target: its limit, the figure that was found (None: not measured, and why), and every value behind it."""

    name: str
    limit: float
    unit: str
    found: float | None
    values: tuple[float, ...] = ()
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Met at the limit or below it."""
        if self.found is None:
            return Verdict.NOT_MEASURED
        return Verdict.MET if self.found <= self.limit else Verdict.MISSED


@dataclass(frozen=True, slots=True)
class Target(Generic[Measured]):
    """A limit for a figure of a record. figure: computes it, or raises NotMeasured."""

    name: str
    limit: float
    unit: str
    figure: Callable[[Measured], Figure]

    def judged(self, record: Measured) -> Judged:
        """Judge the record by this target."""
        try:
            found, values, note = self.figure(record)
        except NotMeasured as reason:
            return Judged(self.name, self.limit, self.unit, None, (), str(reason))
        return Judged(self.name, self.limit, self.unit, found, tuple(values), note)


def median(values: Sequence[float]) -> float:
    """The median. Raises NotMeasured when there is no value."""
    if not values:
        raise NotMeasured("there is no value")
    return statistics.median(values)


def paired_ratios(parts: Sequence[float], wholes: Sequence[float]) -> tuple[float, ...]:
    """Each part over the whole of its own round, so that a drift of the machine reaches both.

    Raises NotMeasured when a round lacks one of them.
    """
    if not parts or len(parts) != len(wholes):
        raise NotMeasured(f"{len(parts)} values cannot be paired with {len(wholes)}")
    return tuple(part / whole for part, whole in zip(parts, wholes, strict=True))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Exponent b of y = a·xᵇ through (x, y), both over 0: ordinary least squares of ln y on ln x.

    Raises NotMeasured for fewer than two different x, or a value that has no logarithm.
    """
    if len({x for x, _ in points}) < 2:
        raise NotMeasured("growth needs at least two different sizes")
    if any(x <= 0 or y <= 0 for x, y in points):
        raise NotMeasured("growth needs sizes and times over zero: the workbooks are too small for this machine")
    return statistics.linear_regression([math.log(x) for x, _ in points], [math.log(y) for _, y in points]).slope


def growth(rows: Mapping[float, int], seconds: Mapping[float, Sequence[float]], empty: Sequence[float]) -> float:
    """The slope of the median time, less an empty workbook's, over the rows. Raises NotMeasured."""
    without = median(empty)
    return slope([(rows[scale], median(taken) - without) for scale, taken in seconds.items()])


def doubled(scales: Sequence[float], largest_possible: float) -> tuple[float, float]:
    """The pair (a scale, twice it): the largest of `scales` and its double, or the largest pair that is possible."""
    half = min(max(scales), largest_possible / 2)
    return half, 2 * half

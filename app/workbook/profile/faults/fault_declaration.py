"""Declares faults and counts them over all rows without a faulty cell."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.contract import SHEETS
from app.contract.quality_issues import QualityIssue
from app.workbook.profile.references import column_of
from app.workbook.profile.sheet_data import SheetData, Values

EXAMPLES = 5
"""Number of Excel rows that are shown of a fault: the first ones."""
SHEET_OF = {column.header: sheet.name for sheet in SHEETS for column in sheet.columns}
"""The sheet of each header; headers are unique in the contract."""


@dataclass(frozen=True, slots=True)
class Found:
    """A fault's count and the population; the first Excel rows; the count or the population by value."""

    count: int
    among: int
    excel_rows: tuple[int, ...] = ()
    by: tuple[tuple[int | str, int], ...] = ()


class SoundRows:
    """The rows of all sheets without a faulty cell, by column, and the latest event in the workbook."""

    def __init__(self, sheets: Mapping[str, SheetData], as_of: dt.datetime | None) -> None:
        self._sheets = {name: data.sound for name, data in sheets.items()}
        self.as_of = as_of

    def __getitem__(self, header: str) -> Values:
        """A column; None in it is a null. Raises MissingColumn."""
        return column_of(self._sheets, SHEET_OF[header], header)

    def hits(self, header: str, tests: Iterable[Any], by: Iterable[tuple[int | str, int]] = ()) -> Found:
        """The rows of a header's sheet for which a test is true. Raises MissingColumn."""
        self[header]
        excel_rows = self._sheets[SHEET_OF[header]].excel_rows
        marks = bytes(map(bool, tests))
        places = (place for place, mark in enumerate(marks) if mark)
        return Found(
            marks.count(1), len(marks), tuple(excel_rows[place] for place in islice(places, EXAMPLES)), tuple(by)
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: an issue, and the function that counts it. of: the things that are counted."""

    issue: QualityIssue
    count: Callable[[SoundRows], Found]
    of: str = "rows"


def rows_where(issue: QualityIssue, headers: str, test: Callable[..., Any]) -> Fault:
    """The fault of rows whose cells of these headers (separated by blanks, of one sheet) pass the test."""
    first, *_ = names = headers.split()

    def count(rows: SoundRows) -> Found:
        return rows.hits(first, map(test, *(rows[name] for name in names)))

    return Fault(issue, count)


def groups_where(
    issue: QualityIssue,
    of: str,
    groups: Callable[[SoundRows], Iterable[Any]],
    test: Callable[[Any], Any],
) -> Fault:
    """The fault of groups of rows (people, phases, products) that pass the test."""

    def count(rows: SoundRows) -> Found:
        marks = [bool(test(group)) for group in groups(rows)]
        return Found(sum(marks), len(marks))

    return Fault(issue, count, of)


def divided(values: Iterable[int]) -> tuple[tuple[int | str, int], ...]:
    """The number of occurrences of each value."""
    return tuple(sorted(Counter(values).items()))


def is_null(value: Any) -> bool:
    return value is None


def precedes(earlier: Any, later: Any) -> bool:
    """True where both are known and the first is before the second."""
    return earlier is not None and later is not None and earlier < later

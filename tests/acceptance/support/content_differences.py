"""The first place where core, or the recorded rejects, differ from the workbook: sheet, Excel row, column, both values.

Names of people are compared and never shown.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.acceptance.support.backend import Backend
from tests.acceptance.support.content import canonical_value, core_rows, source_columns
from tests.oracle import Oracle
from tests.oracle.sheets import SHEETS

ABSENT = "no such row"
WITHHELD = "Nome"
"""Part of the header of each column that holds a name."""


@dataclass(frozen=True)
class Difference:
    """One differing cell, or row: what the workbook says and what was found instead."""

    place: str
    expected: Any
    found: Any


def first_difference(backend: Backend, run_id: int, oracle: Oracle, sheet: str) -> Difference:
    """The first difference between a sheet's accepted rows and its core table, by key, or without one by whole rows."""
    table, columns = source_columns(backend)[sheet]
    headers, names = zip(*columns, strict=True)
    key = [headers.index(header) for header in SHEETS[sheet][0].split()] or list(range(len(headers)))
    theirs = oracle.connection.cursor().execute(f"SELECT excel_row, {', '.join(headers)} FROM {sheet} ORDER BY 1")
    mine: dict[tuple[str, ...], list[Sequence[Any]]] = {}
    for stored in core_rows(backend, table, names, run_id):
        mine.setdefault(keyed(stored, key), []).append(stored)
    for excel_row, *row in theirs.fetchall():
        held = mine.get(keyed(row, key))
        if not held:
            return Difference(f"{sheet}, Excel row {excel_row}", shown_row(headers, row), ABSENT)
        found = held.pop()
        for header, expected, actual in zip(headers, row, found, strict=True):
            if canonical_value(expected) != canonical_value(actual):
                return Difference(f"{sheet}, Excel row {excel_row}, {header}", *shown(header, expected, actual))
    surplus: Sequence[Any] = next((row for rows in mine.values() for row in rows), ())
    return Difference(f"{sheet}: a row that the workbook lacks", ABSENT, shown_row(headers, surplus))


def keyed(row: Sequence[Any], key: Sequence[int]) -> tuple[str, ...]:
    """The key of a row, in the form in which both sides are compared."""
    return tuple(canonical_value(row[place]) for place in key)


def shown(header: str, *values: Any) -> list[Any]:
    """Values as a person writes them: plain numbers, ISO 8601, null; a name is only said to be one."""
    return [
        "a name" if WITHHELD in header and place == 0 else "another name" if WITHHELD in header else plain(value)
        for place, value in enumerate(values)
    ]


def shown_row(headers: Sequence[str], row: Sequence[Any]) -> str:
    """A row without names."""
    cells = zip(headers, row, strict=False)
    return ", ".join(f"{header} {plain(value)}" for header, value in cells if WITHHELD not in header)


def plain(value: Any) -> Any:
    """One value: flags as 0 or 1, times in ISO 8601, a null as the workbook writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def differing_rejects(
    expected: dict[str, dict[int, str]], found: dict[str, dict[int, str]]
) -> list[tuple[str, int, str, str]]:
    """Sheet, Excel row, expected and found reason of each row on which the two disagree."""
    return [
        (sheet, row, expected.get(sheet, {}).get(row, "accepted"), found.get(sheet, {}).get(row, "accepted"))
        for sheet in dict.fromkeys([*expected, *found])
        for row in sorted(expected.get(sheet, {}).keys() | found.get(sheet, {}).keys())
        if expected.get(sheet, {}).get(row) != found.get(sheet, {}).get(row)
    ]


def expect_rejects(
    evidence: Any, expected: dict[str, dict[int, str]], found: dict[str, dict[int, str]], source: str
) -> None:
    """Fail at the first row on which the two disagree, with the number of such rows by sheet."""
    differing = differing_rejects(expected, found)
    evidence.table(f"refused otherwise in {source}", ["sheet", "Excel row", "expected", "found"], differing)
    for sheet, row, wanted, actual in differing[:1]:
        counted = ", ".join(f"{name} {count}" for name, count in tally(differing))
        said_by = f"{source}; rows that differ: {counted}"
        evidence.expect(actual, f"{sheet}, Excel row {row}: why it is refused", source=said_by).equals(wanted)


def tally(differing: Iterable[tuple[str, int, str, str]]) -> list[tuple[str, int]]:
    """Rows by sheet."""
    return list(Counter(sheet for sheet, *_ in differing).items())

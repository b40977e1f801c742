"""Profiles a column over all of its cells. For people's names it gives only counts and lengths."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from app.contract import Column, Kind
from app.workbook.profile.sheet_data import SheetData

MOST_VALUES_SHOWN = 12
"""Most distinct values of a column of flags or whole numbers for which each value is counted."""


@dataclass(frozen=True, slots=True)
class TextFacts:
    """Characters of the shortest and longest text, and how many cells have letters beyond ASCII."""

    shortest: int
    longest: int
    accented_cells: int


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column's figures.

    nulls and faulty cells are disjoint; distinct, least and most exclude them. least, most: None for texts, and without
    any value. values: (value, cells) by value, of columns with few. text: of text columns with a value.
    """

    column: Column
    rows: int
    nulls: int
    faulty_cells: int
    distinct: int
    least: Any
    most: Any
    values: tuple[tuple[int, int], ...] | None
    text: TextFacts | None
    notes: dict[str, int]


def profile_column(data: SheetData, column: Column) -> ColumnProfile:
    """Count one column of a sheet."""
    values = data[column.header]
    empty = values.count(None) if isinstance(values, list) else 0
    faulty = data.faulty[column.header]
    distinct = set(values)
    distinct.discard(None)
    is_text = column.kind is Kind.TEXT
    is_listed = column.kind in (Kind.INT, Kind.FLAG) and 0 < len(distinct) <= MOST_VALUES_SHOWN
    counts = Counter(values) if is_listed else {}
    return ColumnProfile(
        column=column,
        rows=len(data),
        nulls=empty - faulty,
        faulty_cells=faulty,
        distinct=len(distinct),
        least=None if is_text else min(distinct, default=None),
        most=None if is_text else max(distinct, default=None),
        values=tuple((value, counts[value]) for value in sorted(distinct)) if is_listed else None,
        text=_text_facts(values, distinct) if is_text and distinct else None,
        notes={code: cells for (header, code), cells in sorted(data.notes.items()) if header == column.header},
    )


def _text_facts(values: Any, distinct: set[str]) -> TextFacts:
    lengths = [len(text) for text in distinct]
    accented = {text for text in distinct if not text.isascii()}
    return TextFacts(min(lengths), max(lengths), sum(text in accented for text in values))

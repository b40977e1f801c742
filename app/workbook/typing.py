"""Sheets as chunks of typed columns: whole columns at once where every cell is as it should be, cell by cell elsewhere.

A column's fast way is taken only when it provably gives what `cells.type_cell` would give for each cell.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app.workbook.cells import EMPTY_CELL, MIDNIGHT, CellFault, Typed, type_cell
from app.workbook.checking import column_places, extra_columns
from app.workbook.column_faults import ColumnFault, ColumnFaults, tally
from app.workbook.contract import EARLIEST, LATEST, NULL_TEXT, Column, Kind, Sheet
from app.workbook.reading import Row, Workbook
from app.workbook.showing import UNSTORABLE, shown_in_reject

CHUNK_ROWS = 20_000
FIRST_ROWS = 20
"""Rows in which headers are looked for that do not stand in row 1."""
PRECEDENCE = ("NULL_KEY", "INVALID_TYPE", "OUT_OF_RANGE")
NULLS = {NULL_TEXT, ""}


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row is rejected for its own cells: the gravest code, every fault in words, and the row as it stands.

    raw_cells: header → text of the cell (`shown_in_reject`), of the contract's columns that are not personal.
    """

    code: str
    detail: str
    raw_cells: dict[str, str]


@dataclass(slots=True)
class Chunk:
    """Consecutive data rows of one sheet.

    excel_rows: their row numbers. columns: one list of values for each contract column, in the contract's order; the
    value of a faulty cell is None. faults: by the row's place in the chunk. column_faults: the same by column.
    notes: kept oddities by (header, code). extra_columns: headers that the contract does not know.
    """

    excel_rows: list[int]
    columns: list[list[Any]]
    faults: dict[int, RowFault] = field(default_factory=dict)
    column_faults: ColumnFaults = field(default_factory=dict)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    extra_columns: tuple[str, ...] = ()


def typed_chunks(workbook: Workbook, sheet: Sheet, size: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """The sheet's data rows in chunks of at most `size` rows.

    Raises WorkbookRefused: DAMAGED, UNSAFE_XML, TOO_LARGE, MISSING_HEADER, MISSING_COLUMN or DUPLICATE_COLUMN.
    """
    read = workbook.sheet(sheet.name)
    # Whoever lacks a column may have it further down; what was taken from the rows here is never missed.
    lacks = not {column.header for column in sheet.columns} <= set(read.headers)
    first_rows = list(islice(read.rows, FIRST_ROWS)) if lacks else []
    places = column_places(workbook.path.name, sheet, read.headers, first_rows)
    extra = extra_columns(sheet, read.headers)
    while rows := list(islice(read.rows, size)):
        chunk = typed(sheet, places, rows)
        chunk.extra_columns = extra
        yield chunk


def typed(sheet: Sheet, places: list[int], rows: list[Row]) -> Chunk:
    """One chunk of consecutive rows. places: where each contract column stands in a row's cells, from 0."""
    width = max(places) + 1
    table = [cells if len(cells) >= width else cells + [""] * (width - len(cells)) for _, cells in rows]
    by_place = list(zip(*table, strict=False))
    raw = [by_place[place] for place in places]
    chunk = Chunk([excel_row for excel_row, _ in rows], [])
    faults: dict[int, list[CellFault]] = {}
    for column, cells in zip(sheet.columns, raw, strict=True):
        values = _fast(column, cells, chunk.notes)
        if values is None:
            values = _slow(column, cells, column.header in sheet.key, chunk.notes, faults)
        chunk.columns.append(values)
    for place, found in faults.items():
        found.sort(key=lambda fault: PRECEDENCE.index(fault.code))
        for fault in found:
            tally(chunk.column_faults, ColumnFault.of(fault, chunk.excel_rows[place]))
        shown = {
            column.header: shown_in_reject(column, cells[place])
            for column, cells in zip(sheet.columns, raw, strict=True)
            if not column.personal
        }
        chunk.faults[place] = RowFault(found[0].code, "; ".join(fault.detail for fault in found), shown)
    return chunk


def _slow(
    column: Column,
    cells: Sequence[Any],
    in_key: bool,
    notes: Counter[tuple[str, str]],
    faults: dict[int, list[CellFault]],
) -> list[Any]:
    values = []
    for place, cell in enumerate(cells):
        typed = type_cell(column, cell, in_key=in_key)
        if isinstance(typed, Typed):
            values.append(typed.value)
            if typed.note:
                notes[column.header, typed.note] += 1
        else:
            values.append(None)
            faults.setdefault(place, []).append(typed)
    return values


def _fast(column: Column, cells: Sequence[Any], notes: Counter[tuple[str, str]]) -> list[Any] | None:
    """The column's values at once; None when any cell needs a look of its own."""
    kinds = set(map(type, cells))
    if column.kind is Kind.TEXT:
        plain = kinds <= {str} and NULLS.isdisjoint(cells) and UNSTORABLE not in "".join(cells)
        return list(cells) if plain else None
    if str in kinds:
        if not column.nullable or not {cell for cell in cells if cell.__class__ is str} <= NULLS:
            return None
        kinds.discard(str)
    values = _values(column, cells, kinds)
    if values is not None and column.nullable:
        empty = cells.count("")
        if empty:
            notes[column.header, EMPTY_CELL] += empty
    return values


def _values(column: Column, cells: Sequence[Any], kinds: set[type]) -> list[Any] | None:
    if column.kind in (Kind.DATETIME, Kind.DATE):
        return _times(column, cells) if kinds <= {dt.date, dt.datetime} else None
    if not kinds <= {float}:
        return None
    numbers = [cell for cell in cells if cell.__class__ is float]
    if not numbers:
        return [None] * len(cells)
    low, high = min(numbers), max(numbers)
    if not -(2.0**62) < low <= high < 2.0**62 or any(map(_is_nan, (low, high, sum(numbers)))):
        return None
    if column.kind is Kind.NUMBER:
        return [cell if cell.__class__ is float else None for cell in cells]
    whole = list(map(int, numbers))
    least, most = column.bounds or (int(low), int(high))
    if whole != numbers or not least <= low <= high <= most:
        return None
    if column.kind is Kind.FLAG:
        return list(map(bool, whole)) if len(whole) == len(cells) else None
    if len(whole) == len(cells):
        return list(whole)
    return [int(cell) if cell.__class__ is float else None for cell in cells]


def _is_nan(number: float) -> bool:
    return number != number


def _times(column: Column, cells: Sequence[Any]) -> list[Any] | None:
    combine = dt.datetime.combine
    if column.kind is Kind.DATETIME:
        values = [
            cell if cell.__class__ is dt.datetime else combine(cell, MIDNIGHT) if cell.__class__ is dt.date else None
            for cell in cells
        ]
        times = [value for value in values if value is not None]
        fits = not times or (min(times) >= EARLIEST and max(times) < LATEST)
        return values if fits else None
    if any(cell.__class__ is dt.datetime for cell in cells):
        return None
    days = [cell if cell.__class__ is dt.date else None for cell in cells]
    known = [day for day in days if day is not None]
    fits = not known or (min(known) >= EARLIEST.date() and max(known) < LATEST.date())
    return days if fits else None

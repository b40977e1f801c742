"""Converts one cell to its column's type, or finds its fault. No value changes.

This is the definition; `typing` converts whole columns at once and must give the same.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.contract import EARLIEST, LATEST, NULL_TEXT, Column, Kind
from app.workbook.oddities import ErrorCell, UncachedFormula
from app.workbook.showing import HEADER, NULL, UNSTORABLE, described

Value: TypeAlias = Any

TEXT_NUMBER = "TEXT_NUMBER"
"""Note: the number was stored as text; its value is kept."""
EMPTY_CELL = "EMPTY_CELL"
"""Note: a null was an empty cell instead of the text NULL."""
BOOLEAN_FLAG = "BOOLEAN_FLAG"
"""Note: a flag was TRUE or FALSE instead of 1 or 0."""

WHOLE = re.compile(r"[+-]?\d{1,400}(\.0*)?\Z", re.ASCII)
"""At most 400 digits, which is beyond every column's range; Python itself reads at most 4,300."""
DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+\Z", re.ASCII)
"""A text such as 1.000, which is a thousand in one country and one in another, so it is not accepted as a number."""
LARGEST_NUMBER = 1e300
"""Sums and products of larger numbers may be more than a double can hold."""
MOST_EXACT = 2**53 - 1
"""Above it Excel rounds whole numbers, so two different ones may look the same."""
PLUS_ZERO = 0.0
"""Added to a number it turns -0 into 0, because workbooks contain both for the same, and changes no other number."""
MIDNIGHT = dt.time()
WANTED = {
    Kind.INT: "a whole number",
    Kind.NUMBER: "a number",
    Kind.TEXT: "a text",
    Kind.DATETIME: "a date",
    Kind.DATE: "a date without a time of day",
    Kind.FLAG: "0 or 1",
}


@dataclass(frozen=True, slots=True)
class CellFault:
    """Reason for which a cell's row is rejected: NULL_KEY, INVALID_TYPE or OUT_OF_RANGE.

    said: the content and the expected type, without any text that could be a name. found: the kind of content
    (`described`), from which the remedy follows.
    """

    code: str
    header: str
    said: str
    found: str

    @property
    def detail(self) -> str:
        """The fault as a reject keeps it."""
        return f"{self.header}: {self.said}"


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell's value (None is null), with a note when it was stored oddly but is kept unchanged."""

    value: Value
    note: str = ""


def type_cell(column: Column, cell: Any, *, in_key: bool = False) -> Typed | CellFault:
    """The value of a cell as its column's kind, or its fault.

    INT: int, from a whole number or its text. NUMBER: float, within the column's bounds, else at most LARGEST_NUMBER.
    FLAG: bool, from 0/1. TEXT: str, untouched. DATETIME: datetime without zone. DATE: date; a time of day in it is
    INVALID_TYPE, for it would be lost.
    A null where the contract allows none is NULL_KEY in a key column and INVALID_TYPE elsewhere.
    """
    if isinstance(cell, ErrorCell | UncachedFormula):
        return _wrong(column, cell)
    if cell == NULL_TEXT or cell == "":
        if column.nullable:
            return Typed(None, "" if cell else EMPTY_CELL)
        code = "NULL_KEY" if in_key else "INVALID_TYPE"
        return CellFault(code, column.header, f"it is null; {WANTED[column.kind]} belongs here", NULL)
    return _READERS[column.kind](column, cell)


def _wrong(column: Column, cell: Any) -> CellFault:
    shown, found = described(cell, personal=column.personal)
    if isinstance(cell, str) and cell.strip() == column.header:
        shown, found = "the column's own header", HEADER
    said = f"{shown}, not {WANTED[column.kind]}"
    if isinstance(cell, str) and THOUSANDS.match(cell.strip()) and column.kind in (Kind.INT, Kind.NUMBER, Kind.FLAG):
        said += ": thousands or decimals? Export it as a number cell"
    return CellFault("INVALID_TYPE", column.header, said, found)


def _out_of_range(column: Column, cell: Any) -> CellFault:
    shown, found = described(cell)
    return CellFault("OUT_OF_RANGE", column.header, f"{shown}, outside the column's range", found)


def _number(cell: Any, form: re.Pattern[str]) -> tuple[int | float | None, str]:
    """The number in a cell, exactly, and its note; None when the cell holds no number."""
    if isinstance(cell, bool):
        return None, ""
    if isinstance(cell, int | float):
        return (cell, "") if math.isfinite(cell) else (None, "")
    text = cell.strip() if isinstance(cell, str) else ""
    if form.match(text) and not THOUSANDS.match(text):
        return (int(text.partition(".")[0]) if form is WHOLE else float(text)), TEXT_NUMBER
    return None, ""


def _int(column: Column, cell: Any) -> Typed | CellFault:
    number, note = _number(cell, WHOLE)
    if number is None or number != int(number):
        return _wrong(column, cell)
    value = int(number)
    if isinstance(cell, float) and abs(value) > MOST_EXACT:
        shown, found = described(cell)
        said = f"{shown}, which Excel may have rounded: export the column as text"
        return CellFault("OUT_OF_RANGE", column.header, said, found)
    low, high = column.bounds or (value, value)
    return Typed(value, note) if low <= value <= high else _out_of_range(column, cell)


def _float(column: Column, cell: Any) -> Typed | CellFault:
    number, note = _number(cell, DECIMAL)
    if number is None:
        return _wrong(column, cell)
    value = float(number) + PLUS_ZERO
    low, high = column.bounds or (-LARGEST_NUMBER, LARGEST_NUMBER)
    return Typed(value, note) if low <= value <= high else _out_of_range(column, cell)


def _flag(column: Column, cell: Any) -> Typed | CellFault:
    if isinstance(cell, bool):
        return Typed(cell, BOOLEAN_FLAG)
    number, note = _number(cell, WHOLE)
    if number is None:
        return _wrong(column, cell)
    return Typed(bool(number), note) if number in (0, 1) else _out_of_range(column, cell)


def _text(column: Column, cell: Any) -> Typed | CellFault:
    return Typed(cell) if isinstance(cell, str) and UNSTORABLE not in cell else _wrong(column, cell)


def _datetime(column: Column, cell: Any) -> Typed | CellFault:
    if isinstance(cell, dt.datetime):
        value = cell
    elif isinstance(cell, dt.date):
        value = dt.datetime.combine(cell, MIDNIGHT)
    else:
        return _wrong(column, cell)
    return Typed(value) if EARLIEST <= value < LATEST else _out_of_range(column, cell)


def _date(column: Column, cell: Any) -> Typed | CellFault:
    typed = _datetime(column, cell)
    if isinstance(typed, CellFault):
        return typed
    return Typed(typed.value.date()) if typed.value.time() == MIDNIGHT else _wrong(column, cell)


_READERS: dict[Kind, Callable[[Column, Any], Typed | CellFault]] = {
    Kind.INT: _int,
    Kind.NUMBER: _float,
    Kind.FLAG: _flag,
    Kind.TEXT: _text,
    Kind.DATETIME: _datetime,
    Kind.DATE: _date,
}

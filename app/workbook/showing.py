"""Describes a cell so that it can be found in the workbook, without a text that could be a person's name.

A name may be typed into any column. So the text of a cell is shown only if it cannot be one: digits with the
punctuation of numbers, dates and times, a marker for a missing value, TRUE or FALSE. Of any other text only the length
is given. A formula, which may quote a text, is not shown. The row's Excel number leads to the rest.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from app.contract import Column, Kind
from app.workbook.oddities import ErrorCell, StaleFormula, UncachedFormula

NUMBER, TEXT, NULL, ERROR = "number", "text", "null", "error"
FORMULA, DATE, LOGICAL, DURATION = "formula", "date", "logical value", "duration"
HEADER = "header"
UNSTORABLE = "\x00"
"""The one character that PostgreSQL cannot store."""

NO_NAME = re.compile(
    r"[\s\d.,:;/+\-_%€$#()]*(?:\d[eE][+-]?\d+|\d[Tt]\d[\d:.]*[Zz]?)?"
    r"|\s*(?:null|nil|none|nan|#?n/?a|true|false|verdadeiro|falso|sim|não|nao|yes|no)\s*",
    re.ASCII | re.IGNORECASE,
)
"""Texts that are never a person's name."""
NO_VALUE = re.compile(r"\s*+(?:\(?null\)?|nil|none|nan|#?n/?a|-+|\\n)?\s*", re.ASCII | re.IGNORECASE)
"""Texts that stand for a missing value elsewhere; here that is NULL, without blanks."""
LONGEST = 60


def is_no_name(text: str) -> bool:
    """True if the text cannot be a person's name."""
    return NO_NAME.fullmatch(text.replace("\N{NO-BREAK SPACE}", " ")) is not None


def described(cell: Any, *, personal: bool = False) -> tuple[str, str]:
    """The cell as text, and its kind of content: NUMBER, TEXT, NULL, ERROR, FORMULA, DATE, LOGICAL or DURATION.

    personal: the cell is in the column of people's names; then only the kind is given.
    """
    shown, found = _described(cell)
    return (f"a {found}" if personal and found not in (ERROR, FORMULA) else shown), found


def _described(cell: Any) -> tuple[str, str]:
    match cell:
        case ErrorCell():
            return f"the error {cell.code}", ERROR
        case StaleFormula():
            return "a formula whose value is to be calculated anew", FORMULA
        case UncachedFormula():
            return "a formula whose value was never stored", FORMULA
        case bool():
            return f"{str(cell).upper()} is a logical value", LOGICAL
        case int() | float():
            return f"{raw_text(cell)[:LONGEST]} is a number", NUMBER
        case dt.datetime() | dt.date():
            return f"{raw_text(cell)} is a date", DATE
        case dt.time() | dt.timedelta():
            return f"{raw_text(cell)} is a duration", DURATION
    text = str(cell)
    is_nothing = NO_VALUE.fullmatch(text.replace("\N{NO-BREAK SPACE}", " ")) is not None
    shown = f"{raw_text(text)[:LONGEST]!r} is a text" if is_nothing or is_no_name(text) else _length(text)
    return shown, NULL if is_nothing else TEXT


def shown_in_reject(column: Column, cell: Any) -> str:
    """The text of a cell that a reject keeps; from a column that should hold none, only if it cannot be a name."""
    if isinstance(cell, UncachedFormula):
        return "(a formula)"
    if isinstance(cell, str) and column.kind is not Kind.TEXT and not is_no_name(cell):
        return f"({_length(cell)})"
    return raw_text(cell)


def raw_text(cell: Any) -> str:
    """The cell as the user sees it: whole numbers without a fraction, dates in ISO 8601, errors by their code.

    The character that PostgreSQL cannot store is shown as the workbook writes it: _x0000_.
    """
    if isinstance(cell, ErrorCell):
        return cell.code
    if isinstance(cell, UncachedFormula):
        return f"={cell.formula}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**63:
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell).replace(UNSTORABLE, "_x0000_")


def _length(text: str) -> str:
    return f"a text of {len(text)} character{'' if len(text) == 1 else 's'}"

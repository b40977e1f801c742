"""Decodes one cell of a sheet's XML from its type, format and text to a plain value."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.contract.model import NULL_TEXT
from app.workbook.oddities import ErrorCell
from app.workbook.opc.xml_walk import XML_BLANKS, truth
from app.workbook.scanning.formats import ELAPSED, PLAIN, STAMP
from app.workbook.scanning.texts import unescaped

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?\Z", re.ASCII)
INDEX = re.compile(r"\d{1,9}\Z", re.ASCII)
ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?", re.ASCII)
"""The accepted notations. Python accepts more, depending on its version: weeks, and dates without hyphens."""
TYPES = frozenset({"n", "s", "str", "inlineStr", "b", "d", "e"})
FIRST_DAY, FIRST_DAY_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)
LEAP_BUG_ENDS = 60
"""Serial of 29 February 1900, which only Excel's calendar has; smaller ones count from the day after FIRST_DAY."""
DAY_AFTER_THE_LAST = 2_958_466
"""The serial of 1 January 10000."""
MIDNIGHT = dt.time()


class Unreadable(ValueError):
    """A cell whose value is undefined."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """Decodes a workbook's cells. texts: its shared texts. formats: the kind of each cell format. null_texts: numbers
    of the shared texts that mean a null, found once for all columns and pieces. is_uncalculated: stored results of
    formulas may be anything."""

    texts: Sequence[str] = ()
    formats: Sequence[str] = ()
    is_1904: bool = False
    is_uncalculated: bool = False
    null_texts: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        nulls = tuple(place for place, text in enumerate(self.texts) if text == NULL_TEXT)
        object.__setattr__(self, "null_texts", nulls)

    def format_kind(self, style: str | None) -> str:
        """PLAIN, STAMP or ELAPSED, of a cell's `s`; the first format where it has none. Raises Unreadable."""
        if not self.formats:
            return PLAIN
        if style is None:
            return self.formats[0]
        if not INDEX.match(style) or int(style) >= len(self.formats):
            raise Unreadable(f"it has the format {style[:20]}, and there is none of that number")
        return self.formats[int(style)]

    def shared(self, text: str) -> str:
        """The shared text of a number. Raises Unreadable."""
        index = text.strip(XML_BLANKS)
        if not INDEX.match(index) or int(index) >= len(self.texts):
            raise Unreadable(f"it refers to shared text {index[:20]!r}, and there is none of that number")
        return self.texts[int(index)]

    def value(self, kind: str, style: str | None, text: str) -> Any:
        """The value of a cell whose `v` (or `is`) holds this text, which is not empty. Raises Unreadable."""
        if kind == "s":
            return self.shared(text)
        if kind in ("str", "inlineStr"):
            return unescaped(text)
        if kind == "n":
            return self.number(text, self.format_kind(style))
        if kind == "b":
            return _truth(text)
        if kind == "e":
            return ErrorCell(text.strip(XML_BLANKS))
        return _iso(text.strip(XML_BLANKS))

    def number(self, text: str, format_kind: str) -> Any:
        """A number, or the date, time or duration that its format shows it as. Raises Unreadable."""
        text = text.strip(XML_BLANKS)
        if not NUMBER.match(text):
            raise Unreadable(f"it holds {text[:40]!r}, which is no number")
        number = float(text)
        if format_kind == STAMP:
            return stamp(number, self.is_1904)
        return duration(number) if format_kind == ELAPSED else number


def stamp(serial: float, is_1904: bool = False) -> Any:
    """The date, date and time (to the millisecond) or time of day of a serial; a serial of no day stays a number."""
    shift = (FIRST_DAY_1904 - FIRST_DAY).days if is_1904 else 0
    if not -DAY_AFTER_THE_LAST < serial < DAY_AFTER_THE_LAST - shift:
        return serial
    whole = serial // 1
    milliseconds = round((serial - whole) * 86_400_000)
    if 0 <= serial < 1 and not is_1904:
        return (FIRST_DAY + dt.timedelta(milliseconds=milliseconds)).time()
    first = FIRST_DAY_1904 if is_1904 else FIRST_DAY
    days = int(whole) + (1 if 0 < serial < LEAP_BUG_ENDS and not is_1904 else 0)
    try:
        moment = first + dt.timedelta(days=days, milliseconds=milliseconds)
    except OverflowError:
        return serial
    return moment if moment.time() != MIDNIGHT else moment.date()


def duration(days: float) -> Any:
    """A duration; one that is too long for Python stays a number."""
    try:
        return dt.timedelta(milliseconds=round(days * 86_400_000))
    except OverflowError:
        return days


def _truth(text: str) -> bool:
    found = truth(text)
    if found is None:
        raise Unreadable(f"it holds {text[:40]!r}, which is neither true nor false")
    return found


def _iso(text: str) -> Any:
    """A date or date and time in XML's notation, without zone; any other text is returned unchanged."""
    if not ISO.fullmatch(text):
        return text
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.time() != MIDNIGHT else moment.date()

"""Checksums of a chunk's columns, computed when it is read and again when it is staged, to detect changed values.

Each is the MD5 of a column's non-null values in the order of sending. Neither side has to build rows for it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from app.contract import Kind, Sheet

NULL = "None"
"""COPY's null marker. It equals str(None), so a column needs no check of each cell."""

FIRST_PLACE = "(0,0)"
"""A ctid before that of every row."""


ZERO, ZERO_DAY, UNIT = dt.datetime(2000, 1, 1), dt.date(2000, 1, 1), dt.timedelta(microseconds=1)
"""The server counts times in microseconds, and dates in days, from here."""
SENT = {Kind.NUMBER: ("float8send", "d"), Kind.DATETIME: ("timestamp_send", "q"), Kind.DATE: ("date_send", "i")}
"""Function of the server that gives a value's binary image, and the code of `array` for it."""


def checksum(kind: Kind, values: Sequence[Any], fields: Sequence[str]) -> str:
    """The checksum of one column.

    fields: the values as COPY's text.
    """
    if kind is Kind.TEXT:
        return digest("".join(filter(None, values)).encode())
    if kind in SENT:
        known = [value for value in values if value is not None]
        return digest(sent(kind, known if kind is Kind.NUMBER else [counted(kind, value) for value in known]))
    # No other text of these kinds holds the null marker.
    text = "".join(fields).replace(NULL, "")
    return digest((text.replace("True", "true").replace("False", "false") if kind is Kind.FLAG else text).encode())


def digest(image: bytes) -> str:
    """The checksum of a column with this image."""
    return hashlib.md5(image, usedforsecurity=False).hexdigest()


def counted(kind: Kind, value: Any) -> int:
    """A date or time as the server counts it."""
    passed: dt.timedelta = value - (ZERO if kind is Kind.DATETIME else ZERO_DAY)
    return passed // UNIT if kind is Kind.DATETIME else passed.days


def sent(kind: Kind, values: Sequence[Any]) -> bytes:
    """Counted values as the server sends them."""
    image = array(SENT[kind][1], values)
    if sys.byteorder == "little":
        image.byteswap()
    return image.tobytes()


def checksums(sheet: Sheet, columns: Iterable[tuple[Sequence[Any], Sequence[str]]]) -> tuple[str, ...]:
    """The checksums of the Excel row and of each column, in the contract's order.

    columns: the values of each, and the same values as COPY's text.
    """
    kinds = [Kind.INT, *(column.kind for column in sheet.columns)]
    return tuple(checksum(kind, *column) for kind, column in zip(kinds, columns, strict=True))


def staged_statement(table: str, sheet: Sheet) -> str:
    """SQL for the checksums of the rows staged after a place, and the last place. Parameter: that place, a ctid.

    A transaction appends to a table that it created, so the order of places is the order of sending. Only a scan by
    place keeps that order, so other scans and parallel plans are switched off.
    """
    kinds = [("excel_row", Kind.INT), *((column.name, column.kind) for column in sheet.columns)]
    images = ", ".join(_image(name, kind) for name, kind in kinds)
    return (
        "SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0;"
        f" SELECT CAST(max(ctid) AS text), {images} FROM {table} WHERE ctid > CAST(%s AS tid)"
    )


LET_PLAN_AGAIN = "SET LOCAL enable_seqscan = DEFAULT; SET LOCAL max_parallel_workers_per_gather = DEFAULT"
"""Resets the planner's settings after the statement."""


def _image(name: str, kind: Kind) -> str:
    if kind in SENT:
        return f"md5(coalesce(string_agg({SENT[kind][0]}({name}), ''), ''))"
    return f"md5(coalesce(string_agg(CAST({name} AS text), ''), ''))"

"""Checksums of a chunk's columns, computed when it is read and again when it is staged, to detect changed values.

Each is the MD5 of a column's non-null values in the order of sending. Neither side has to build rows for it.
"""

from __future__ import annotations

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


def checksum(kind: Kind, values: Sequence[Any], fields: Sequence[str]) -> str:
    """The checksum of one column.

    fields: the values as COPY's text.
    """
    if kind is Kind.TEXT:
        image = "".join(filter(None, values)).encode()
    elif kind is Kind.NUMBER:
        numbers = array("d", [value for value in values if value is not None])
        if sys.byteorder == "little":
            numbers.byteswap()
        image = numbers.tobytes()
    else:
        # No other text of these kinds holds the null marker.
        image = _as_the_server_writes(kind, fields).replace(NULL, "").encode()
    return hashlib.md5(image, usedforsecurity=False).hexdigest()


def _as_the_server_writes(kind: Kind, fields: Sequence[str]) -> str:
    text = "".join(fields)
    if kind is Kind.FLAG:
        return text.replace("True", "true").replace("False", "false")
    if kind is Kind.DATETIME and "." in text:
        return "".join(field.rstrip("0") if "." in field else field for field in fields)
    return text


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
    if kind is Kind.NUMBER:
        return f"md5(coalesce(string_agg(float8send({name}), ''), ''))"
    return f"md5(coalesce(string_agg(CAST({name} AS text), ''), ''))"

"""The values that a workbook's file holds, read by expat alone: no reader of workbooks, no code of the product.

It is written from docs/ingestion.md, and covers less than the product: names of parts as the base workbook has them, or
whatever its relationships lead to. Where a file says one thing twice or nothing clearly it raises Unclear.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.corpus.expat_book import Book
from tests.corpus.expat_cell import Unclear
from tests.oracle.reading.workbook import Fault, typed
from tests.oracle.sheets import SHEETS, TEXT

PRECEDENCE = ("NULL_KEY", "INVALID_TYPE", "OUT_OF_RANGE")
Rows = dict[int, tuple[str | None, list[Any]]]
"""The reason of refusal, or None, and the values of the contract's columns, by Excel row."""


def values_of(path: Path, sheets: Iterable[str] = SHEETS) -> dict[str, Rows]:
    """The sheets' rows with their values. Raises Unclear, and what expat and zipfile raise."""
    with zipfile.ZipFile(path) as archive:
        book = Book(archive)
        return {sheet: _rows(book, sheet) for sheet in sheets}


def _rows(book: Book, sheet: str) -> Rows:
    cells = book.cells(sheet)
    headers = {str(value): column for column, value in cells.pop(1, {}).items()}
    key, columns = SHEETS[sheet]
    return {
        number: _judged([held.get(headers[name], "") for name in columns], key.split(), columns)
        for number, held in cells.items()
        if held
    }


def _judged(cells: list[Any], keys: list[str], columns: dict[str, tuple[str, bool]]) -> tuple[str | None, list[Any]]:
    codes, values = set(), []
    for cell, (header, (kind, nullable)) in zip(cells, columns.items(), strict=True):
        value = None
        if isinstance(cell, Unclear):
            raise cell
        if isinstance(cell, str) and cell in ("", "NULL"):
            if not nullable:
                codes.add("NULL_KEY" if header in keys else "INVALID_TYPE")
        elif kind == TEXT and isinstance(cell, str) and "\0" in cell:
            codes.add("INVALID_TYPE")
        else:
            try:
                value = typed(kind, cell)
                if isinstance(value, float):
                    value += 0.0  # -0 is 0
            except Fault as fault:
                codes.add(str(fault))
        values.append(value)
    return next((code for code in PRECEDENCE if code in codes), None), values


def differences(ours: dict[str, Rows], theirs: dict[str, Rows]) -> Iterator[str]:
    """Differences between two readings: a row that one lacks, another reason, or another value of a sound row."""
    for sheet in ours:
        for number in sorted(ours[sheet].keys() | theirs[sheet].keys()):
            one, other = ours[sheet].get(number), theirs[sheet].get(number)
            if one is None or other is None or one[0] != other[0] or (one[0] is None and not _equal(one[1], other[1])):
                yield f"{sheet} row {number}: the product has {one}, the file {other}"


def _equal(ours: list[Any], theirs: list[Any]) -> bool:
    return list(map(repr, ours)) == list(map(repr, theirs))

"""The workbook's cells through openpyxl, typed by this package's own table of columns."""

from __future__ import annotations

import datetime as dt
import math
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from tests.oracle.reading.escapes import meant
from tests.oracle.sheets import DAY, FLAG, ID, INT, REAL, SHEETS, TEXT, TIME, WEIGHT

LIMITS = {ID: 2**63, INT: 2**31}
NUMBERS = {REAL: (-1e300, 1e300), WEIGHT: (0, 1e6)}
"""Larger numbers cannot be summed; no weight is negative, or a thousand tonnes."""
FIRST, LAST = dt.datetime(1980, 1, 1), dt.datetime(2100, 12, 31, 23, 59, 59, 999999)

UNCOMMON = re.compile(rb"<(?:\w+:)?f[\s/>]|\bt\s*=\s*[\"']e[\"']")
"""Found somewhere in the XML of a sheet with formulas or error cells."""
STALE = re.compile(rb"<(?:\w+:)?calcPr\b[^>]*\sfullCalcOnLoad\s*=\s*[\"'](?:1|true)[\"']")
NUMERIC = frozenset("+-.0123456789eE")


@dataclass(frozen=True)
class Unreadable:
    """A cell without a value: an error, or a formula whose result was never stored."""

    what: str


AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+\Z")
"""1.000 is one to some and a thousand to others."""


class Fault(Exception):
    """A cell that refuses its row; the argument is the reason's code."""


def typed(kind: str, value: Any) -> Any:
    """The cell's value as its column's kind. Raises Fault("INVALID_TYPE") or Fault("OUT_OF_RANGE")."""
    if isinstance(value, Unreadable):
        raise Fault("INVALID_TYPE")
    if kind == TEXT:
        if not isinstance(value, str):
            raise Fault("INVALID_TYPE")
        return value
    if kind in (TIME, DAY):
        if not isinstance(value, dt.datetime):
            raise Fault("INVALID_TYPE")
        if not FIRST <= value <= LAST:
            raise Fault("OUT_OF_RANGE")
        if kind == DAY and value.time() != dt.time():
            raise Fault("INVALID_TYPE")
        return value if kind == TIME else value.date()
    if isinstance(value, bool) and kind != FLAG:
        raise Fault("INVALID_TYPE")
    if isinstance(value, str):
        value = _number_in(value, whole=kind not in NUMBERS)
    if not isinstance(value, int | float | Decimal) or (isinstance(value, float) and not math.isfinite(value)):
        raise Fault("INVALID_TYPE")
    if kind in NUMBERS:
        if not NUMBERS[kind][0] <= float(value) <= NUMBERS[kind][1]:
            raise Fault("OUT_OF_RANGE")
        return float(value)
    if value != math.floor(value):
        raise Fault("OUT_OF_RANGE" if kind == FLAG and isinstance(value, float) else "INVALID_TYPE")
    number = int(value)
    if isinstance(value, int | float) and abs(number) >= 2**53:
        raise Fault("OUT_OF_RANGE")  # as a number cell it may have been rounded; as a text it is exact
    low, high = {FLAG: (0, 1), "severity": (1, 3)}.get(kind) or (-LIMITS[kind], LIMITS[kind] - 1)
    if not low <= number <= high:
        raise Fault("OUT_OF_RANGE")
    return number


def _number_in(text: str, *, whole: bool) -> Decimal | None:
    """The number that the ERP stored as text, exactly, in ASCII digits; a whole one has no exponent. None: none."""
    body = text.strip()
    unsigned = body[1:] if body[:1] in ("+", "-") else body
    if (
        AMBIGUOUS.match(body)
        or not set(body) <= NUMERIC
        or (whole and not (unsigned[:1].isdigit() and "e" not in unsigned.lower()))
    ):
        return None
    try:
        return Decimal(body)
    except InvalidOperation:
        return None


class Opened:
    """A workbook as openpyxl reads it, opened once for all its sheets."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def results(self) -> Any:
        """The book with the results of its formulas."""
        return _opened(self._path, data_only=True)

    @cached_property
    def formulas(self) -> Any:
        """The book with the formulas themselves."""
        return _opened(self._path, data_only=False)

    @cached_property
    def is_stale(self) -> bool:
        """True if the book says that its formulas are to be calculated when it is opened."""
        with zipfile.ZipFile(self._path) as archive:
            part = next((name for name in archive.namelist() if name.lower() == "xl/workbook.xml"), None)
            return part is not None and STALE.search(archive.read(part)) is not None

    def close(self) -> None:
        for book in ("results", "formulas"):
            if book in vars(self):
                vars(self)[book].close()


def rows(path: Path, sheet: str) -> Iterator[tuple[int, str | None, list[Any]]]:
    """The rows of one sheet of a workbook, as `rows_of` gives them."""
    with closing(Opened(path)) as book:
        yield from rows_of(book, sheet)


def rows_of(book: Opened, sheet: str) -> Iterator[tuple[int, str | None, list[Any]]]:
    """Each data row of a sheet: Excel row number, reason of refusal by its own cells or None, typed values."""
    key, columns = SHEETS[sheet]
    keys = key.split()
    cells = _cells(book, sheet)
    headers = list(next(cells, ()))
    places = [headers.index(header) for header in columns]
    for number, row in enumerate(cells, 2):
        if any(cell is not None for cell in row):
            yield number, *_judged([row[place] if place < len(row) else None for place in places], keys, columns)


def _cells(book: Opened, sheet: str) -> Iterator[Sequence[Any]]:
    """The rows of a sheet from the first, as openpyxl gives them; a cell without a value to read is Unreadable."""
    read = book.results[sheet]
    # A sheet's own record of its dimensions may lie: the rows say how many cells they have.
    read.reset_dimensions()
    if not _is_uncommon(book.results, sheet):
        for row in read.iter_rows(values_only=True):
            yield [meant(cell) if cell.__class__ is str else cell for cell in row]
        return
    written = book.formulas[sheet]
    written.reset_dimensions()
    for values, sources in zip(read.iter_rows(), written.iter_rows(), strict=True):
        yield [_readable(value, source, book.is_stale) for value, source in zip(values, sources, strict=True)]


class _Reader(ExcelReader):
    """openpyxl's reader with the shared texts as they are written: it would remove x005F_ wherever that stands."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)  # type: ignore[no-untyped-call]
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                for _, node in iterparse(source):
                    if node.tag == f"{{{SHEET_MAIN_NS}}}si":
                        text: Any = Text.from_tree(node)
                        self.shared_strings.append(text.content)
                        node.clear()

    def read_properties(self) -> None:
        """Left out: a date that is none would end the reading (`exported` reads them)."""


def _opened(path: Path, *, data_only: bool) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = _Reader(path, read_only=True, data_only=data_only)
        reader.read()
    return reader.wb


def _is_uncommon(book: Any, sheet: str) -> bool:
    """Return True if a sheet holds any formula or error cell, by its XML."""
    with book._archive.open(book[sheet]._worksheet_path) as part:
        before = b""
        while block := part.read(1 << 20):
            if UNCOMMON.search(before + block):
                return True
            before = block[-64:]
    return False


def _readable(value: Any, source: Any, is_stale: bool) -> Any:
    if value.data_type == "e":
        return Unreadable(str(value.value))
    if is_stale and source.data_type == "f" and value.value is not None:
        return Unreadable("a formula that is to be calculated anew")
    if value.value is None and source.data_type == "f" and value.data_type == "n":  # a text's result may be empty
        return Unreadable("a formula without a value")
    return meant(value.value) if isinstance(value.value, str) else value.value


def _judged(cells: list[Any], keys: list[str], columns: dict[str, tuple[str, bool]]) -> tuple[str | None, list[Any]]:
    found: set[str] = set()
    values: list[Any] = []
    for cell, (header, (kind, nullable)) in zip(cells, columns.items(), strict=True):
        value = None
        if cell is None or cell in ("NULL", ""):
            if not nullable:
                found.add("NULL_KEY" if header in keys else "INVALID_TYPE")
        else:
            try:
                value = typed(kind, cell)
            except Fault as fault:
                found.add(str(fault))
        values.append(value)
    code = next((code for code in ("NULL_KEY", "INVALID_TYPE", "OUT_OF_RANGE") if code in found), None)
    return code, values

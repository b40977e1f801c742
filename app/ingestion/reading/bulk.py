"""Converts uniformly written rows to COPY text, a column at a time, without a typed value for each cell.

A field is equal to what `copying.written` writes for the value of `cells.type_cell`, or is another notation that
PostgreSQL reads as the same value. A piece with one faulty cell is not converted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.contract import Column, Kind, Sheet
from app.ingestion.reading.checksums import checksum
from app.ingestion.reading.copying import written
from app.ingestion.reading.spot_check import SpotCheck
from app.ingestion.reading.stamps import checksum_of_counts, stamps, with_others
from app.workbook.cells import Typed, type_cell
from app.workbook.scanning.alike import ATTRIBUTES, OPEN, InBulk, Written, alike
from app.workbook.scanning.decoding import FIRST_DAY, FIRST_DAY_1904, Decoder, Unreadable
from app.workbook.scanning.formats import PLAIN, STAMP
from app.workbook.scanning.row_attributes import NO_PREFIXES, Prefixes

MOST_DIGITS = 9
"""Most digits of a whole number whose text is taken unconverted, in a column that accepts 0 to 10**9."""
MOST_KNOWN, MOST_KNOWN_BYTES = 10_000, 4_000_000
"""Limits of the fields of a column that are cached for the next piece: cells, and bytes."""
MOST_FAILURES = 3
"""Consecutive pieces that could not be converted, after which the rest of the sheet is not tried."""
MOST_OTHERS = 16
"""Most distinct other texts, such as NULL, that a piece may add to a column of dates and times."""
VALUED = (Kind.TEXT, Kind.NUMBER, Kind.DATETIME, Kind.DATE)
"""Kinds whose checksums are computed from values."""
FEW = 4
"""A column of dates with one distinct cell in FEW, or less, is converted by its distinct cells."""
LEADING_ZERO = re.compile(rb" 0\d")
MOMENTS = (Kind.DATETIME, Kind.DATE)


class BulkRows:
    """A sheet's pieces as COPY text. places: the column of each contract column in the sheet, from 1."""

    def __init__(self, sheet: Sheet, places: Sequence[int], decoder: Decoder) -> None:
        self._sheet, self._places, self._decoder = sheet, places, decoder
        self._constant = {place for place, column in zip(places, sheet.columns, strict=True) if not column.nullable}
        self._failures = 0
        self._check = SpotCheck(sheet, places, decoder)
        self._known: dict[tuple[str, bytes | None], _FieldCache] = defaultdict(_FieldCache)

    def __call__(self, rows: bytes, last_row: int, prefixes: Prefixes = NO_PREFIXES) -> InBulk | None:
        """The converted piece, whose rows follow `last_row`; None when it must be read another way.

        prefixes: those in force among the rows. Raises SheetFault as `SpotCheck` does.
        """
        if self._failures == MOST_FAILURES:
            return None
        made = self._made(rows, last_row, prefixes)
        self._failures = 0 if made else self._failures + 1
        return made

    def _made(self, rows: bytes, last_row: int, prefixes: Prefixes) -> InBulk | None:
        found = alike(rows, last_row, self._places, self._constant, prefixes)
        if found is None and self._constant:
            self._constant = set()
            found = alike(rows, last_row, self._places, self._constant, prefixes)
        if found is None or not found.columns.keys() >= set(self._places):
            return None
        made = InBulk(len(found.numbers), found.last_row, b"", 0)
        fields = [found.numbers]
        checksums = [_checksum(Kind.INT, found.numbers)]
        for column, place in zip(self._sheet.columns, self._places, strict=True):
            of_column = self._fields(column, found.columns[place], made)
            if of_column is None:
                return None
            fields.append(of_column[0])
            checksums.append(of_column[1])
        made.checksums = tuple(checksums)
        made.made = b"\n".join(map(b"\t".join, zip(*fields, strict=True))) + b"\n"
        self._check(rows, made.made, prefixes)
        return made

    def _fields(self, column: Column, found: Written, made: InBulk) -> tuple[Sequence[bytes], str] | None:
        """One column's fields and checksum; None when a cell is at fault."""
        cells = found.cells
        if found.attributes is not None and self._are_whole(column, found.attributes, cells):
            return cells, _checksum(Kind.INT, cells)
        is_repetitive = column.kind is Kind.DATE and len(set(cells)) * FEW <= len(cells)
        if column.kind in MOMENTS and not is_repetitive and (moments := self._moments(column, found)):
            return moments
        fields = self._by_cells(column, found, made)
        if fields is None:
            return None
        values = self._values(column, found)
        made.characters += sum(map(len, filter(None, values))) if column.kind is Kind.TEXT else 0
        return fields, _checksum(column.kind, fields, values)

    def _by_cells(self, column: Column, found: Written, made: InBulk) -> Sequence[bytes] | None:
        """The fields of cells, each distinct notation converted once."""
        cells = found.cells
        known = self._known[column.header, found.attributes]
        if len(known.fields) > MOST_KNOWN or known.size > MOST_KNOWN_BYTES:
            known.clear()
        new = [cell for cell in set(cells) if cell not in known.fields]
        known.size += sum(map(len, new))
        if new and not self._learn(column, found.attributes, new, known):
            return None
        if known.notes:
            made.notes.update((column.header, known.notes[cell]) for cell in cells if cell in known.notes)
        return list(map(known.fields.__getitem__, cells))

    def _values(self, column: Column, found: Written) -> Sequence[Any]:
        """The typed values of cells whose fields are known; empty for kinds that need none."""
        if column.kind not in VALUED:
            return ()
        return list(map(self._known[column.header, found.attributes].values.__getitem__, found.cells))

    def _are_whole(self, column: Column, attributes: bytes, cells: Sequence[bytes]) -> bool:
        """True if every cell is a number of at most MOST_DIGITS digits, without leading zero, and the column accepts
        all such numbers."""
        if column.kind is not Kind.INT or self._kind(attributes) != PLAIN:
            return False
        low, high = column.bounds or (0, 0)
        takes_all = low <= 0 and high >= 10**MOST_DIGITS
        if not takes_all or max(map(len, cells)) > MOST_DIGITS or not b"".join(cells).isdigit():
            return False
        return LEADING_ZERO.search(b" ".join((b"", *cells))) is None

    def _kind(self, attributes: bytes) -> str:
        """PLAIN or STAMP for a number; other kinds have no fast conversion."""
        style, kind = _style_and_kind(attributes)
        try:
            return self._decoder.format_kind(style) if kind == "n" else kind
        except Unreadable:
            return "unreadable"

    def _learn(self, column: Column, attributes: bytes | None, new: list[bytes], known: _FieldCache) -> bool:
        """Convert the cells that are not cached yet; False when one is faulty."""
        variants: dict[bytes, list[bytes]] = {attributes: new} if attributes is not None else defaultdict(list)
        if attributes is None:
            for cell in new:
                variant, _, value = cell.partition(OPEN)
                variants[variant].append(value)
        for variant, values in variants.items():
            if not ATTRIBUTES.match(variant):
                return False
            head = b"" if attributes is not None else variant + OPEN
            for value in values:
                if self._are_whole(column, variant, [value]):
                    known.fields[head + value] = value
                elif not self._learn_one(column, variant, value, head, known):
                    return False
        return True

    def _learn_one(self, column: Column, attributes: bytes, value: bytes, head: bytes, known: _FieldCache) -> bool:
        style, kind = _style_and_kind(attributes)
        try:
            cell = self._decoder.value(kind, style, value.decode())
        except Unreadable:
            return False
        typed = type_cell(column, cell, in_key=column.header in self._sheet.key)
        if not isinstance(typed, Typed):
            return False
        (field,) = written(column.kind, [typed.value])
        known.fields[head + value] = field.encode()
        if column.kind in VALUED:
            known.values[head + value] = typed.value
        if typed.note:
            known.notes[head + value] = typed.note
        return True

    def _moments(self, column: Column, found: Written) -> tuple[Sequence[bytes], str] | None:
        """The fields and checksum of dates and times, most of them in one format; None when they must be converted one
        by one."""
        attributes, values = found.attributes, found.cells
        others: dict[int, bytes] = {}
        if attributes is None:
            stamp = next(filter(self._is_stamp, values), None)
            if stamp is None:
                return None
            attributes, _, a_serial = stamp.partition(OPEN)
            # No cell contains a line end. After the replacement, only a cell that is no such stamp contains a tag.
            lines = (b"\n" + b"\n".join(values)).replace(b"\n" + attributes + OPEN, b"\n")
            values = lines[1:].split(b"\n")
            for place in _lines_with_a_tag(lines):
                others[place], values[place] = values[place], a_serial
        if self._kind(attributes) != STAMP:
            return None
        found_stamps = stamps(values, column.kind, FIRST_DAY_1904 if self._decoder.is_1904 else FIRST_DAY)
        if found_stamps is None:
            return None
        fields, counts = found_stamps
        if others:
            known = self._known[column.header, None]
            new = [value for value in {*others.values()} if value not in known.fields]
            if len(new) > MOST_OTHERS or known.notes or not self._learn(column, None, new, known) or known.notes:
                return None
            for place, value in others.items():
                fields[place] = known.fields[value]
            counts = with_others(column.kind, counts, {place: known.values[one] for place, one in others.items()})
        return fields, checksum_of_counts(column.kind, counts)

    def _is_stamp(self, cell: bytes) -> bool:
        attributes = cell.partition(OPEN)[0]
        return ATTRIBUTES.match(attributes) is not None and self._kind(attributes) == STAMP


class _FieldCache:
    """The cache of one column, by the cell as written: fields, values of texts and numbers, notes.

    size: bytes of the cached cells.
    """

    def __init__(self) -> None:
        self.fields: dict[bytes, bytes] = {}
        self.values: dict[bytes, Any] = {}
        self.notes: dict[bytes, str] = {}
        self.size = 0

    def clear(self) -> None:
        self.size = 0
        for one in (self.fields, self.values, self.notes):
            one.clear()


def _checksum(kind: Kind, fields: Sequence[bytes], values: Sequence[Any] = ()) -> str:
    return checksum(kind, values, () if kind in VALUED else [b"".join(fields).decode()])


def _style_and_kind(attributes: bytes) -> tuple[str | None, str]:
    match = ATTRIBUTES.match(attributes)
    assert match is not None
    style, kind = match.groups()
    return (style.decode() if style else None), (kind.decode() if kind else "n")


def _lines_with_a_tag(lines: bytes) -> list[int]:
    """The lines that contain "<", from 0. lines: each begins with a line end."""
    text = np.frombuffer(lines, np.uint8)
    tags, begins = np.flatnonzero(text == ord("<")), np.flatnonzero(text == ord("\n"))
    found: list[int] = np.unique(np.searchsorted(begins, tags) - 1).tolist()
    return found

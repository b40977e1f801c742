"""Finds rows that are all written like the first one, with one regular expression made from it.

Such rows have all their cells in the same columns and a value in each, as exports write them. The expression contains
each row's own number, so a row matches only if every byte is as expected. A piece with one row that does not match is
read by `regular`, and one that `regular` refuses by `sheet_xml`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import lt

import numpy as np

from app.workbook.scanning.regular import LAST_ROW, is_utf8
from app.workbook.scanning.row_attributes import NO_PREFIXES, Prefixes, is_plain_row
from app.workbook.scanning.texts import LONGEST_TEXT

FIRST_ROW = re.compile(rb'<row r="[1-9]\d{0,6}"[^>]*>')
FIRST_CELL = re.compile(rb'<c r="([A-Z])[1-9]\d{0,6}"([^>]*)><v>[^<]+</v></c>')
VALUE = b"[^<]{1,%d}" % LONGEST_TEXT
ANY_ATTRIBUTES = rb'(?: s="\d{1,6}")?(?: t="(?:n|s|str|b|e)")?'
ATTRIBUTES = re.compile(rb'(?: s="(\d{1,6})")?(?: t="(n|s|str|b|e)")?\Z')
CELL_TAGS, ROW_TAGS = 4, 2
OPEN = b"><v>"
"""Separates a cell's attributes from its value."""


@dataclass(frozen=True, slots=True)
class Written:
    """One column's cells as written.

    attributes: those that all of them share; then `cells` are values alone. None where they may differ; then each cell
    is its attributes, OPEN and its value.
    """

    attributes: bytes | None
    cells: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Alike:
    """A piece of such rows. numbers: of the rows, as digits. columns: the wanted ones, from 1."""

    numbers: Sequence[bytes]
    last_row: int
    columns: dict[int, Written]


@dataclass(slots=True)
class InBulk:
    """The result of converting such a piece. characters: of all its texts. checksums: of its columns. notes: as in a
    chunk."""

    rows: int
    last_row: int
    made: bytes
    characters: int
    checksums: tuple[str, ...] = ()
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    extra_columns: tuple[str, ...] = ()


def alike(
    rows: bytes, last_row: int, wanted: Collection[int], constant: Collection[int], prefixes: Prefixes = NO_PREFIXES
) -> Alike | None:
    """The piece, whose rows follow `last_row`; None when one of them differs from the first.

    constant: columns whose attributes should be the first row's throughout. prefixes: those in force among the rows.
    """
    if b"&" in rows or (shape := _shape(rows, wanted, constant)) is None:
        return None
    *found, rest = zip(*_pattern(shape).findall(rows), strict=True)
    if rest[-1]:
        return None
    numbers, row_attributes, *cells = found
    if not all(is_plain_row(attributes, prefixes) for attributes in set(row_attributes)):
        return None
    tags = len(numbers) * (len(shape) * CELL_TAGS + ROW_TAGS)
    if not _is_plain(rows, tags) or not _are_ordered(numbers, last_row):
        return None
    kept = [(ord(letter) - 64, attributes) for letter, attributes, is_wanted in shape if is_wanted]
    return Alike(
        numbers,
        int(numbers[-1]),
        {column: Written(attributes, values) for (column, attributes), values in zip(kept, cells, strict=True)},
    )


def _shape(
    rows: bytes, wanted: Collection[int], constant: Collection[int]
) -> tuple[tuple[bytes, bytes | None, bool], ...] | None:
    """The cells of the first row: column letter, the attributes expected throughout or None, True if it is wanted."""
    opening = FIRST_ROW.match(rows)
    if opening is None:
        return None
    shape: list[tuple[bytes, bytes | None, bool]] = []
    at = opening.end()
    while cell := FIRST_CELL.match(rows, at):
        letter, attributes = cell.groups()
        if not ATTRIBUTES.match(attributes) or (shape and letter <= shape[-1][0]):
            return None
        column = ord(letter) - 64
        shape.append((letter, attributes if column in constant else None, column in wanted))
        at = cell.end()
    return tuple(shape) if shape else None


@lru_cache(maxsize=64)
def _pattern(shape: tuple[tuple[bytes, bytes | None, bool], ...]) -> re.Pattern[bytes]:
    """The expression for a whole row of this shape or, in the last group, for the rest."""
    cells = []
    for letter, attributes, is_wanted in shape:
        if not is_wanted:
            held = ANY_ATTRIBUTES + OPEN + VALUE
        elif attributes is None:
            held = b"([^>]*" + OPEN + VALUE + b")"
        else:
            held = re.escape(attributes) + OPEN + b"(" + VALUE + b")"
        cells.append(b'<c r="' + letter + rb'\1"' + held + b"</v></c>")
    return re.compile(rb'<row r="([1-9]\d{0,6})"([^>]*)>' + b"".join(cells) + rb"</row>|(.+)", re.DOTALL)


def _is_plain(rows: bytes, tags: int) -> bool:
    """True if there are no other tags and no bytes that XML forbids."""
    buffer = np.frombuffer(rows, np.uint8)
    if np.count_nonzero(buffer == 62) != tags or bool((buffer < 32).any()):
        return False
    return rows.isascii() or is_utf8(rows)


def _are_ordered(numbers: Sequence[bytes], last_row: int) -> bool:
    rows = list(map(int, numbers))
    if rows == list(range(rows[0], rows[0] + len(rows))):
        return last_row < rows[0] and rows[-1] <= LAST_ROW
    return last_row < rows[0] and rows[-1] <= LAST_ROW and all(map(lt, rows, rows[1:]))

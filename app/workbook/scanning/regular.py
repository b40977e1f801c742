"""Reads rows of the usual shape from a piece of a sheet's XML, which it treats as an array of bytes.

The usual shape is what every program writes for plain values: rows and cells with references, in order, each cell with
one value or none. `scan` verifies every byte of a piece, or returns None. Other pieces are read by `sheet_xml`, with
the same result where both can read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from app.workbook.scanning.row_attributes import NO_PREFIXES, Prefixes, is_plain_row
from app.workbook.scanning.texts import LONGEST_TEXT

Ints: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Words: TypeAlias = "np.ndarray[Any, np.dtype[np.uint64]]"
Bytes: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"

LAST_ROW, LAST_COLUMN, MOST_LETTERS = 1_048_576, 16_384, 3
MOST_VARIANTS = 40
"""Most notations of a cell's type and format in one piece; a sheet has fewer than ten."""
PADDING = 64
"""Zero bytes after the text, for reads beyond its end."""
INLINE = ((b"<is><t>", b"<v>"), (b'<is><t xml:space="preserve">', b"<v>"), (b"</t></is>", b"</v>"))
"""Replacements that put a text stored in its cell where all other values are: into <v>."""
INLINE_TEXT = re.compile(rb't="inlineStr"><is><t(?: xml:space="preserve")?>[^<]+</t></is></c>')
NO_XML = ("\ufffe".encode(), "\uffff".encode())
"""Characters that UTF-8 can encode and XML forbids; control characters are looked for separately."""
ATTRIBUTES = re.compile(rb'(?: s="(\d{1,6})")?(?: t="(n|s|str|inlineStr|b|e)")?\Z')
MOST_ROW_VARIANTS = 5000
ROW, CELL, VALUE, VALUE_END, CELL_END, ROW_END = range(1, 7)
FOLLOWS = {(ROW, CELL), (ROW, ROW_END), (CELL, VALUE), (CELL, CELL), (CELL, ROW_END), (VALUE, VALUE_END)} | {
    (VALUE_END, CELL_END), (CELL_END, CELL), (CELL_END, ROW_END), (ROW_END, ROW)
}  # fmt: skip
"""Pairs of a tag and a tag that may follow it."""
DIGIT_MASKS = np.array([(1 << 8 * (digits + 1)) - 1 if digits < 7 else (1 << 64) - 1 for digits in range(8)], np.uint64)
"""A mask of the bytes of a row number and the closing quote, by the number of its digits."""
LENGTH_MASKS = np.array([(1 << 8 * length) - 1 for length in range(8)] + [(1 << 64) - 1], np.uint64)


@dataclass(frozen=True, slots=True)
class Cells:
    """The non-empty cells of one column: place of the row, first byte of the value, the byte after it, and the place of
    the cell's format and type in `Scanned.variants`."""

    rows: Ints
    starts: Ints
    ends: Ints
    variants: Ints


@dataclass(frozen=True, slots=True)
class Scanned:
    """A piece of rows.

    text: its bytes, padded. numbers: Excel rows. variants: (format, type) of cells. row_of_any: 1 for each row that has
    a value.
    """

    text: bytes
    numbers: Ints
    columns: dict[int, Cells]
    variants: list[tuple[str | None, str]]
    row_of_any: Bytes

    def values_of_rows(self, columns: Iterable[int]) -> Ints:
        """The number of values of each row in these columns."""
        found = np.zeros(len(self.numbers), np.int64)
        for column in columns:
            if column in self.columns:
                found[self.columns[column].rows] += 1
        return found

    def matrix(self, starts: Ints, width: int) -> Bytes:
        """`width` bytes from each of these places on."""
        buffer = np.frombuffer(self.text, np.uint8)
        windows = np.lib.stride_tricks.as_strided(buffer, (len(buffer) - width + 1, width), (1, 1))
        found: Bytes = windows[starts]
        return found


def scan(rows: bytes, last_row: int, prefixes: Prefixes = NO_PREFIXES) -> Scanned | None:
    """The piece, whose rows follow `last_row`; None when it is not of the usual shape.

    prefixes: those in force among the rows.
    """
    if b"&" in rows:
        return None
    if b"<is>" in rows or b"inlineStr" in rows:
        texts = rows.count(b"<is>")
        if not (
            texts == rows.count(b"inlineStr") == rows.count(b"</is>") == sum(1 for _ in INLINE_TEXT.finditer(rows))
        ):
            return None
        for inline, usual in INLINE:
            rows = rows.replace(inline, usual)
    if not rows.isascii() and not is_utf8(rows):
        return None
    text = rows + b"\0" * PADDING
    buffer = np.frombuffer(text, np.uint8)
    if bool((buffer[:-PADDING] < 32).any()):
        return None
    tags = _tags(text, buffer)
    return None if tags is None else _cells(text, buffer, tags, last_row, prefixes)


@dataclass(frozen=True, slots=True)
class _Tags:
    opens: Ints
    closes: Ints
    kinds: Bytes
    words: Words


def is_utf8(rows: bytes) -> bool:
    """True if these bytes are UTF-8 without the characters of NO_XML."""
    try:
        rows.decode()
    except UnicodeDecodeError:
        return False
    return not any(letter in rows for letter in NO_XML)


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


def _tags(text: bytes, buffer: Bytes) -> _Tags | None:
    """The tags with their kinds; None when a tag is of no known kind, or the order is wrong."""
    opens, closes = np.flatnonzero(buffer == 60), np.flatnonzero(buffer == 62)
    if not len(opens) or len(opens) != len(closes):
        return None
    words = _words_at(text, opens)
    kinds = np.zeros(len(opens), np.uint8)
    for kind, start in (
        (ROW, b'<row r="'),
        (CELL, b'<c r="'),
        (VALUE, b"<v>"),
        (VALUE_END, b"</v></c>"),
        (CELL_END, b"</c>"),
        (ROW_END, b"</row>"),
    ):
        kinds[(words & LENGTH_MASKS[len(start)]) == _word(start)] = kind
    allowed = np.zeros(64, bool)
    allowed[[before * 8 + after for before, after in FOLLOWS]] = True
    is_whole = kinds[0] == ROW and kinds[-1] == ROW_END and opens[0] == 0 and closes[-1] == len(text) - PADDING - 1
    if not is_whole or not allowed[kinds[:-1] * 8 + kinds[1:]].all():
        return None
    gaps = opens[1:] - closes[:-1]
    is_value = kinds[:-1] == VALUE
    is_empty = gaps == 1
    if not (closes > opens).all() or not (is_empty != is_value).all() or not (gaps > 0).all():
        return None
    return _Tags(opens, closes, kinds, words)


def _words_at(text: bytes, places: Ints) -> Words:
    """The eight bytes from each place on, as one number."""
    every = np.ndarray((len(text) - 7,), "<u8", text, strides=(1,))
    found: Words = every[places]
    return found


def _cells(text: bytes, buffer: Bytes, tags: _Tags, last_row: int, prefixes: Prefixes) -> Scanned | None:
    rows = np.flatnonzero(tags.kinds == ROW)
    numbered = _row_numbers(text, tags.opens[rows], tags.closes[rows], prefixes)
    if numbered is None:
        return None
    numbers, digits, keys = numbered
    if numbers[0] <= last_row or numbers[-1] > LAST_ROW or not (np.diff(numbers) > 0).all():
        return None
    cells = np.flatnonzero(tags.kinds == CELL)
    row_of = np.repeat(np.arange(len(rows)), np.diff(np.append(np.searchsorted(cells, rows), len(cells))))
    opens, closes = tags.opens[cells], tags.closes[cells]
    column, letters = _columns(buffer, opens)
    if not ((column >= 1) & (column <= LAST_COLUMN)).all() or not (np.diff(row_of * 32_768 + column) > 0).all():
        return None
    width = digits[row_of]
    if not ((_words_at(text, opens + 6 + letters) & DIGIT_MASKS[width]) == keys[row_of]).all():
        return None
    is_closed = buffer[closes - 1] == 47
    is_valued = np.append(tags.kinds, 0)[cells + 1] == VALUE
    if (is_closed == is_valued).any():
        return None
    starts = opens + 7 + letters + width
    variants = _variants(text, starts, closes - is_closed - starts)
    if variants is None:
        return None
    return _scanned(text, numbers, (cells, row_of, column, is_valued), tags, variants)


def _columns(buffer: Bytes, opens: Ints) -> tuple[Ints, Ints]:
    """The columns of the cells' references, from 1, and the number of letters of each; 0 without a letter."""
    column = np.zeros(len(opens), np.int64)
    letters = np.zeros(len(opens), np.int64)
    goes_on = np.ones(len(opens), bool)
    for place in range(MOST_LETTERS):
        letter = buffer[opens + 6 + place].astype(np.int64) - 64
        goes_on &= (letter >= 1) & (letter <= 26)
        if not goes_on.any():
            break
        column = np.where(goes_on, column * 26 + letter, column)
        letters += goes_on
    return column, letters


def _row_numbers(text: bytes, opens: Ints, closes: Ints, prefixes: Prefixes) -> tuple[Ints, Ints, Words] | None:
    """Row numbers, their number of digits, and the digits with the closing quote as one number each."""
    words = _words_at(text, opens + 8)
    octets = words.view(np.uint8).reshape(-1, 8)
    digits = np.argmax(octets == 34, axis=1)
    if (octets == 34).sum(axis=1).min() < 1 or not ((digits >= 1) & (digits <= 7)).all():
        return None
    numbers = np.zeros(len(opens), np.int64)
    for place in range(7):
        is_in = place < digits
        digit = octets[:, place].astype(np.int64) - 48
        if (is_in & ((digit < 0) | (digit > 9))).any():
            return None
        numbers = np.where(is_in, numbers * 10 + digit, numbers)
    buffer = np.frombuffer(text, np.uint8)
    if (octets[:, 0] == 48).any() or (buffer[closes - 1] == 47).any():
        return None
    if not _are_plain(text, opens + 9 + digits, closes, prefixes):
        return None
    return numbers, digits, words & DIGIT_MASKS[digits]


def _are_plain(text: bytes, starts: Ints, ends: Ints, prefixes: Prefixes) -> bool:
    """True if each row's other attributes change nothing."""
    seen: set[bytes] = set()
    last = b""
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        attributes = text[start:end]
        if attributes == last or attributes in seen:
            continue
        if len(seen) > MOST_ROW_VARIANTS or not is_plain_row(attributes, prefixes):
            return False
        seen.add(attributes)
        last = attributes
    return True


def _variants(text: bytes, starts: Ints, lengths: Ints) -> tuple[Ints, list[tuple[str | None, str]]] | None:
    """The notation of type and format of each cell, and the meaning of each notation."""
    if len(lengths) and (lengths.min() < 0 or lengths.max() > 24):
        return None
    keys = [_words_at(text, starts + 8 * part) & LENGTH_MASKS[np.clip(lengths - 8 * part, 0, 8)] for part in range(3)]
    # Bytes behind the end are masked away, and no attribute holds a zero byte, so equal words are equal texts.
    key = keys[0] + keys[1] * np.uint64(0x9E3779B97F4A7C15) + keys[2] * np.uint64(0xC2B2AE3D27D4EB4F)
    found: list[tuple[str | None, str]] = []
    which = np.full(len(starts), -1, np.int64)
    left = np.arange(len(starts))
    while len(left):
        if len(found) == MOST_VARIANTS:
            return None
        first = left[0]
        same = key[left] == key[first]
        mine = left[same]
        if any((one[mine] != one[first]).any() for one in keys):
            return None
        match = ATTRIBUTES.match(text[starts[first] : starts[first] + lengths[first]])
        if match is None:
            return None
        found.append((match[1].decode() if match[1] else None, match[2].decode() if match[2] else "n"))
        which[mine] = len(found) - 1
        left = left[~same]
    return which, found


def _scanned(
    text: bytes,
    numbers: Ints,
    found: tuple[Ints, Ints, Ints, Any],
    tags: _Tags,
    variants: tuple[Ints, list[tuple[str | None, str]]],
) -> Scanned | None:
    cells, row_of, column, is_valued = found
    valued = np.flatnonzero(is_valued)
    values = cells[valued] + 1
    starts, ends = tags.closes[values] + 1, tags.opens[values + 1]
    if int((ends - starts).max(initial=0)) > LONGEST_TEXT:
        return None
    rows, columns, which = row_of[valued], column[valued], variants[0][valued]
    by_column = {}
    order = np.argsort(columns.astype(np.uint16), kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(columns[order])) + 1) if len(order) else ():
        by_column[int(columns[mine[0]])] = Cells(rows[mine], starts[mine], ends[mine], which[mine])
    row_of_any = np.zeros(len(numbers), np.uint8)
    row_of_any[rows] = 1
    return Scanned(text, numbers, by_column, variants[1], row_of_any)

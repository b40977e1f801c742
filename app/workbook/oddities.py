"""What the fast reader does not tell of a sheet: error cells, formulas without a stored value, rows that stand twice.

They are found in the sheet's own XML. A sheet of plain values is only searched for a few bytes; one with oddities is
looked at where they are, cell by cell; only XML of an unusual shape is parsed whole, which takes fifty times as long.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeAlias
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring, iterparse

from app.workbook.errors import WorkbookRefused
from app.workbook.package import damage_refused
from app.workbook.rowscan import Cuts, RowScan

BLOCK_BYTES = 1 << 20
LONGEST_HEAD_BYTES = 1 << 20
OVERLAP_BYTES = 64
"""Longer than anything that is searched for, so that a block's end hides nothing."""

ODD = re.compile(rb"""\bt\s*=\s*["']e["']|<f[\s>/]""")
"""What a sheet of plain values never holds."""
HINTS = (b'"e"', b"'e'", b"<f")
"""Without any of these bytes ODD cannot match; finding bytes is ten times faster than matching."""
UNUSUAL = {b"!": b"<!", b"?": b"<?", b":": b"xmlns:"}
"""Comments, CDATA, instructions and namespaces among the cells: what the look at single cells does not understand; each
with a byte of it that is rarer than the rest, and so faster to find."""
PREFIXED = re.compile(
    rb"""<!DOCTYPE|xmlns:[\w.-]+\s*=\s*["']"""
    rb"""http://(?:schemas\.openxmlformats\.org/spreadsheetml/2006|purl\.oclc\.org/ooxml/spreadsheetml)/main["']"""
)
"""Before the cells: a DTD, or cells that will be written with a prefix."""
ROW_TAG = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
ROW_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)\Z")


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """A cell that holds an error such as #N/A instead of a value."""

    code: str


@dataclass(frozen=True, slots=True)
class UncachedFormula:
    """A formula whose result was never stored, so that there is no value to read."""

    formula: str


OddCell: TypeAlias = ErrorCell | UncachedFormula
Place: TypeAlias = tuple[int, int]


@dataclass(slots=True)
class Inspection:
    """One sheet's oddities: {(row, column), both from 1: cell}, how often a row element begins in its XML, the SHA-256
    of that XML, and where it can be cut into pieces, if it can."""

    odd: dict[Place, OddCell] = field(default_factory=dict)
    row_elements: int = 0
    sha256: str = ""
    cuts: Cuts | None = None


class _Unusual(Exception):
    """This XML needs a parser."""


def inspect_sheet(path: Path, part: str, max_expanded_mb: int, block_bytes: int = BLOCK_BYTES) -> Inspection:
    """Inflate the whole sheet once (so its checksum is checked too) and find what is odd in it.

    Raises WorkbookRefused: DAMAGED, UNSAFE_XML or TOO_LARGE (it expands beyond the limit).
    """
    with damage_refused(path, part), zipfile.ZipFile(path) as archive:
        if archive.getinfo(part).file_size > max_expanded_mb * 1_000_000:
            raise WorkbookRefused("TOO_LARGE", f"{part} of {path.name} expands beyond {max_expanded_mb:,} MB.")
        try:
            with archive.open(part) as file:
                return _searched(file, block_bytes)
        except (_Unusual, ParseError):
            with archive.open(part) as file:
                found = parsed(file)
            with archive.open(part) as file:
                found.sha256 = sha256_of_blocks(file)
            return found


def sha256_of_blocks(file: IO[bytes]) -> str:
    """SHA-256 of what is left to read, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def repeated_row(path: Path, part: str) -> int | None:
    """The first row number that two row elements of a sheet claim; None when each stands once."""
    seen: set[int] = set()
    last, tail = 0, b""
    with damage_refused(path, part), zipfile.ZipFile(path) as archive, archive.open(part) as file:
        while block := file.read(BLOCK_BYTES):
            text = tail + block
            cut = text.rfind(b"<")
            for tag in ROW_TAG.finditer(text, 0, cut):
                number = ROW_NUMBER.search(tag[0])
                last = int(number[1]) if number else last + 1
                if last in seen:
                    return last
                seen.add(last)
            tail = text[cut:]
    return None


def parsed(file: IO[bytes]) -> Inspection:
    """The same by a whole parse of the sheet's XML: slow, and right whatever its shape.

    Raises ParseError, ValueError or defusedxml's exceptions for what is no safe XML.
    """
    found = Inspection()
    row = column = 0
    events: Iterator[tuple[str, Any]] = iterparse(file, events=("start", "end"), forbid_dtd=True)
    for event, element in events:
        name = element.tag.rpartition("}")[2]
        if event == "start":
            if name == "row":
                row, column = int(element.get("r", row + 1)), 0
                found.row_elements += 1
        elif name == "c":
            row, column = _place(element.get("r")) or (row, column + 1)
            odd = _odd(element)
            if odd is not None:
                found.odd[row, column] = odd
        elif name == "row":
            element.clear()
    return found


def _searched(file: IO[bytes], block_bytes: int) -> Inspection:
    found = Inspection()
    digest = hashlib.sha256()
    rows = RowScan()
    tail = b""
    is_begun = is_over = False
    while block := file.read(block_bytes):
        digest.update(block)
        rows.feed(block)
        if is_over:
            continue
        text = tail + block
        if not is_begun:
            start = text.find(b"<sheetData")
            if start < 0 and len(text) < LONGEST_HEAD_BYTES:
                tail = text
                continue
            if start < 0 or PREFIXED.search(text, 0, start):
                raise _Unusual
            is_begun, text = True, text[start:]
        end = text.find(b"</sheetData>")
        is_over = end >= 0
        text = text[:end] if is_over else text
        if any(rare in text and sign in text for rare, sign in UNUSUAL.items()):
            raise _Unusual
        cut = len(text) if is_over else max(text.rfind(b"<c "), 0)
        if any(hint in text for hint in HINTS):
            found.odd.update(_odd_cells(text, cut or len(text)))
        tail = text[cut:] if cut else text[-OVERLAP_BYTES:]
    if not is_over:
        raise _Unusual
    found.sha256, found.row_elements, found.cuts = digest.hexdigest(), rows.row_elements, rows.cuts()
    return found


def _odd_cells(text: bytes, until: int) -> Iterator[tuple[Place, OddCell]]:
    """Odd cells among those that begin before `until`; without comments or CDATA every "<c " begins a cell."""
    position = 0
    while hit := ODD.search(text, position, until):
        start = text.rfind(b"<c ", 0, hit.end())
        tag_end = text.find(b">", start) + 1
        end = tag_end if text[tag_end - 2 : tag_end] == b"/>" else text.find(b"</c>", start) + len(b"</c>")
        if start < 0 or end < hit.end():
            raise _Unusual
        element = fromstring(text[start:end])
        place, odd = _place(element.get("r")), _odd(element)
        if place is None:
            raise _Unusual
        if odd is not None:
            yield place, odd
        position = end


def _odd(cell: Element) -> OddCell | None:
    value, formula = cell.find("{*}v"), cell.find("{*}f")
    text = (value.text or "") if value is not None else ""
    if cell.get("t") == "e":
        return ErrorCell(text or "error")
    if formula is None or text or (value is not None and cell.get("t") == "str"):
        return None
    return UncachedFormula(formula.text or "")


def _place(reference: str | None) -> Place | None:
    """(row, column), both from 1, of a reference such as C7; None without one."""
    if reference is None:
        return None
    match = REFERENCE.match(reference)
    if match is None:
        raise ValueError(f"there is no cell {reference}")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column

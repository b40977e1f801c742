"""The .xlsx as a zip of XML: what must be known of it before and beside the fast reader.

The fast reader gives an error cell and a formula without a stored value as an empty cell, so those are found here, in
the sheet's own XML. Documents with a DTD, too large when expanded, encrypted or damaged are refused here.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from app.workbook.errors import WorkbookRefused

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
CHUNK_BYTES = 1 << 20
ODD = re.compile(rb"""\bt\s*=\s*["']e["']|<(?:\w+:)?f[\s>/]|<!DOCTYPE|<!ENTITY""")
"""What a sheet of plain values never holds; it sends a sheet to the slow, exact look."""
HINTS = (b'"e"', b"'e'", b"<f", b":f", b"<!D", b"<!E")
"""Without any of these bytes ODD cannot match; finding bytes is ten times faster than matching."""

OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of an encrypted .xlsx and of an old .xls."""


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """A cell that holds an error such as #N/A instead of a value."""

    code: str


@dataclass(frozen=True, slots=True)
class UncachedFormula:
    """A formula whose result was never stored, so that there is no value to read."""

    formula: str


OddCell: TypeAlias = ErrorCell | UncachedFormula


def require_package(path: Path, max_expanded_mb: int) -> dict[str, str]:
    """Check the file and return the part of each sheet by the sheet's name, in the workbook's order.

    Raises WorkbookRefused: NOT_FOUND, NOT_XLSX, ENCRYPTED, DAMAGED, UNSAFE_XML or TOO_LARGE.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
        if start == OLE_SIGNATURE:
            raise WorkbookRefused(
                "ENCRYPTED", f"{path.name} is encrypted or an old .xls: save it as .xlsx without a password."
            )
        with zipfile.ZipFile(path) as archive:
            _bound(archive, path, max_expanded_mb)
            return _parts(archive)
    except OSError as error:
        raise WorkbookRefused("NOT_FOUND", f"{path} cannot be read ({error.strerror}): check the path.") from error
    except (zipfile.BadZipFile, KeyError, ParseError, zlib.error, EOFError) as error:
        code, what = ("NOT_XLSX", "is not an .xlsx workbook") if start[:2] != b"PK" else ("DAMAGED", "is damaged")
        raise WorkbookRefused(code, f"{path.name} {what} ({error}): export it from the ERP again.") from error
    except DefusedXmlException as error:
        raise _unsafe(path) from error


def odd_cells(path: Path, part: str, max_expanded_mb: int) -> dict[tuple[int, int], OddCell]:
    """Error cells and formulas without a value of one sheet: {(row, column), both from 1: cell}.

    Raises WorkbookRefused: DAMAGED, TOO_LARGE (the sheet expands beyond what the zip said) or UNSAFE_XML.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            with archive.open(part) as file:
                if not _has_oddities(file, path, max_expanded_mb):
                    return {}
            with archive.open(part) as file:
                return dict(_odd_cells(file))
    except (zipfile.BadZipFile, zlib.error, EOFError, ParseError) as error:
        raise WorkbookRefused("DAMAGED", f"{path.name} is damaged in {part} ({error}): export it again.") from error
    except DefusedXmlException as error:
        raise _unsafe(path) from error


def _unsafe(path: Path) -> WorkbookRefused:
    return WorkbookRefused(
        "UNSAFE_XML", f"{path.name} declares XML entities or a DTD, which no ERP export does: it is not read."
    )


def _bound(archive: zipfile.ZipFile, path: Path, max_expanded_mb: int) -> None:
    expanded = sum(entry.file_size for entry in archive.infolist())
    if expanded > max_expanded_mb * 1_000_000:
        raise WorkbookRefused(
            "TOO_LARGE",
            f"{path.name} expands to {expanded / 1e6:,.0f} MB, over the limit of {max_expanded_mb:,} MB: "
            "raise MAX_EXPANDED_MB if it is meant.",
        )


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    target = {relation.get("Id"): str(relation.get("Target")) for relation in relations}
    sheets = fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True).iter(f"{MAIN}sheet")
    found = {}
    for sheet in sheets:
        part = target[sheet.get(RELATION)]
        found[str(sheet.get("name"))] = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
    return found


def _has_oddities(file: IO[bytes], path: Path, max_expanded_mb: int) -> bool:
    tail, read = b"", 0
    while block := file.read(CHUNK_BYTES):
        read += len(block)
        if read > max_expanded_mb * 1_000_000:
            raise WorkbookRefused(
                "TOO_LARGE", f"{path.name} expands beyond {max_expanded_mb:,} MB although its zip says less: not read."
            )
        seen = tail + block
        if any(hint in seen for hint in HINTS) and ODD.search(seen):
            return True
        tail = block[-32:]
    return False


def _odd_cells(file: IO[bytes]) -> Iterator[tuple[tuple[int, int], OddCell]]:
    row = column = 0
    events: Iterator[tuple[str, Any]] = iterparse(file, events=("start", "end"), forbid_dtd=True)
    for event, element in events:
        if event == "start":
            if element.tag == f"{MAIN}row":
                row, column = int(element.get("r", row + 1)), 0
            continue
        if element.tag == f"{MAIN}c":
            column = _column_of(element.get("r"), column + 1)
            odd = _odd(element)
            if odd is not None:
                yield (row, column), odd
        elif element.tag == f"{MAIN}row":
            element.clear()


def _odd(cell: Element) -> OddCell | None:
    value, formula = cell.find(f"{MAIN}v"), cell.find(f"{MAIN}f")
    text = (value.text or "") if value is not None else ""
    if cell.get("t") == "e":
        return ErrorCell(text or "error")
    if formula is not None and not text and cell.get("t") != "str":
        return UncachedFormula(formula.text or "")
    return None


def _column_of(reference: str | None, otherwise: int) -> int:
    if reference is None:
        return otherwise
    column = 0
    for letter in reference:
        if not letter.isalpha():
            break
        column = column * 26 + ord(letter.upper()) - 64
    return column

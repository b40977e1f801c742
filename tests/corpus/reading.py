"""Reads a file by each way of the product, in this process: a refusal, or rows with their values.

`ingested` is what the command and the worker have a bounded process do (`readers.prepared_sheets`), down to the text
that COPY is sent; `admitted` is what an upload has one do; `inspected` is the profile's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from app.ingestion.reading import bulk
from app.ingestion.reading.preparing import Prepared
from app.ingestion.reading.readers import prepared_sheets
from app.workbook.bounds.bounded import SheetStarted
from app.workbook.errors import WorkbookRefused
from app.workbook.profile.profile_document import limits_of
from app.workbook.profile.profiling import WorkbookProfile, profile_here
from app.workbook.scanning import sheet_stream
from app.workbook.upload_admission import admit_here
from tests.corpus.independent import PRECEDENCE, Rows
from tests.oracle.sheets import DAY, REAL, SHEETS, TEXT, TIME, WEIGHT

MOST_MB = 50
FEW_ROWS_BYTES = 450
"""A piece of the base workbook with one row to four."""
NULL = "None"
"""The text of a null in the product's COPY."""
ESCAPE, ESCAPED = re.compile(r"\\(.)", re.DOTALL), {"t": "\t", "n": "\n", "r": "\r"}


@dataclass(frozen=True)
class Refused:
    """The code and the sentence."""

    code: str
    says: str


@dataclass(frozen=True)
class Inspected:
    """The profile's answer: rows of each sheet, and refused rows by code; refuses, warned: sentences on the run."""

    rows: dict[str, int]
    refused: dict[str, Counter[str]]
    refuses: tuple[str, ...]
    warned: tuple[str, ...]


@contextmanager
def in_pieces(size: int) -> Iterator[None]:
    """Sheets are decompressed and read in pieces of at least this many bytes; a row may have four times as many."""
    with patch.object(sheet_stream, "PIECE_BYTES", size), patch.object(sheet_stream, "BLOCK_BYTES", size // 3):
        yield


@contextmanager
def row_by_row() -> Iterator[None]:
    """Read each row by itself."""
    with patch.object(sheet_stream.SheetStream, "_at_once", lambda stream, piece: None):
        yield


@contextmanager
def not_in_bulk() -> Iterator[None]:
    """No piece is taken for one whose rows are all written alike."""
    with patch.object(bulk.BulkRows, "__call__", lambda taking, rows, last_row, prefixes: None):
        yield


def ingested(path: Path, sheets: Sequence[str] = tuple(SHEETS)) -> dict[str, Rows] | Refused:
    """The rows that staging would hold of these sheets."""
    found: dict[str, Rows] = {}
    try:
        for told in prepared_sheets(path, list(sheets), MOST_MB):
            if isinstance(told, SheetStarted):
                name = told.sheet
                found[name] = {}
            elif isinstance(told, Prepared):
                found[name] |= _staged(name, told)
    except WorkbookRefused as refused:
        return Refused(refused.code, str(refused))
    return {name: dict(sorted(rows.items())) for name, rows in found.items()}


def admitted(path: Path) -> Refused | None:
    """The refusal of an upload, if it is one."""
    try:
        list(admit_here(path, MOST_MB))
    except WorkbookRefused as refused:
        return Refused(refused.code, str(refused))
    return None


def inspected(path: Path) -> Inspected | Refused:
    """The answer of `inspect`; of several breaches the first."""
    try:
        (profile,) = (told for told in profile_here(path, MOST_MB) if isinstance(told, WorkbookProfile))
    except WorkbookRefused as refused:
        return Refused(refused.code, str(refused))
    if profile.breaches:
        return Refused(profile.breaches[0].code, f"{profile.breaches[0]}")
    limits = limits_of(profile)
    return Inspected(
        {one.sheet.name: one.rows for one in profile.sheets},
        {one.sheet.name: Counter(one.refused) for one in profile.sheets},
        tuple(limits["refused"]),
        tuple(limits["warned"]),
    )


def _staged(sheet: str, prepared: Prepared) -> Rows:
    width = len(SHEETS[sheet][1])
    rows: Rows = {}
    for line in prepared.plain.decode().split("\n")[:-1]:
        number, *fields = line.split("\t")
        rows[int(number)] = (None, _values(sheet, fields[:width]))
    for line in prepared.refused.decode().split("\n")[:-1]:
        number, *fields = line.split("\t")
        rows[int(number)] = (next(code for code in PRECEDENCE if code in fields[width:]), [])
    return rows


def _values(sheet: str, fields: list[str]) -> list[Any]:
    return [
        None if field == NULL else _value(kind, ESCAPE.sub(lambda match: ESCAPED.get(match[1], match[1]), field))
        for field, (kind, _) in zip(fields, SHEETS[sheet][1].values(), strict=True)
    ]


def _value(kind: str, field: str) -> Any:
    if kind == TEXT:
        return field
    if kind in (REAL, WEIGHT):
        return float(field)
    if kind == TIME:
        return dt.datetime.fromisoformat(field)
    if kind == DAY:
        return dt.date.fromisoformat(field)
    return {"True": 1, "False": 0}[field] if field[0] in "TF" else int(field)

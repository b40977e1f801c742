"""Prepares typed rows for the database, as COPY's text. Needs no connection, so it runs in the reading process."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, TypeVar

from app.contract import Sheet
from app.ingestion.reading.checksums import checksums
from app.ingestion.reading.copying import fault_fields, fields_of, lines_of
from app.workbook.judging.column_faults import ColumnFaults
from app.workbook.scanning.alike import InBulk
from app.workbook.typing import Chunk

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Consecutive rows of one sheet as COPY text in UTF-8.

    plain: rows to be merged. refused: rows with the three fields of their fault. checksums: of their columns, the plain
    rows' values before those of the refused ones. cell_faults: refused rows by code.
    column_faults: faulty cells by column. notes: cells stored oddly but kept, by (header, code).
    """

    rows: int
    plain: bytes
    refused: bytes
    checksums: tuple[str, ...]
    cell_faults: Counter[str]
    column_faults: ColumnFaults
    notes: Counter[tuple[str, str]]


def prepare(sheet: Sheet, chunk: Chunk | InBulk) -> Prepared:
    """The chunk's rows, plain ones and refused ones in separate texts."""
    if isinstance(chunk, InBulk):
        return Prepared(chunk.rows, chunk.made, b"", chunk.checksums, Counter(), {}, chunk.notes)
    columns: list[list[Any]] = [chunk.excel_rows, *chunk.columns]
    fields = fields_of(sheet, chunk.excel_rows, chunk.columns)
    plain = lines = lines_of(fields)
    if chunk.faults:
        places = [place for place in range(len(lines)) if place not in chunk.faults]
        plain = [lines[place] for place in places]
        places += chunk.faults
        columns, fields = _taken(columns, places), _taken(fields, places)
    refused = [f"{lines[place]}\t{fault_fields(fault)}" for place, fault in chunk.faults.items()]
    codes = Counter(fault.code for fault in chunk.faults.values())
    sums = checksums(sheet, zip(columns, fields, strict=True))
    return Prepared(len(lines), _text(plain), _text(refused), sums, codes, chunk.column_faults, chunk.notes)


def _taken(columns: list[list[T]], places: list[int]) -> list[list[T]]:
    return [[column[place] for place in places] for column in columns]


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode() if lines else b""

"""Rows made ready for the database: typed, and written as COPY's text, in whatever process that happens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from app.ingestion.reading.copying import fault_fields, formatted
from app.workbook.column_faults import ColumnFaults
from app.workbook.contract import Sheet
from app.workbook.typing import Chunk


@dataclass(frozen=True, slots=True)
class Prepared:
    """Consecutive rows of one sheet as COPY text in UTF-8.

    plain: rows to be merged. refused: rows with the three fields of their fault. cell_faults: refused rows by code.
    column_faults: faulty cells by column. notes: cells stored oddly but kept, by (header, code).
    """

    rows: int
    plain: bytes
    refused: bytes
    cell_faults: Counter[str]
    column_faults: ColumnFaults
    notes: Counter[tuple[str, str]]


def prepare(sheet: Sheet, chunk: Chunk) -> Prepared:
    """The chunk's rows, each in one of the two texts."""
    lines = formatted(sheet, chunk.excel_rows, chunk.columns)
    refused = [f"{lines[place]}\t{fault_fields(fault)}" for place, fault in chunk.faults.items()]
    plain = [line for place, line in enumerate(lines) if place not in chunk.faults] if chunk.faults else lines
    codes = Counter(fault.code for fault in chunk.faults.values())
    return Prepared(len(lines), _text(plain), _text(refused), codes, chunk.column_faults, chunk.notes)


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode() if lines else b""

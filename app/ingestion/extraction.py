"""Sheets of the workbook into the run's staging tables: typed by the workbook room, counted here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from app.ingestion.copying import StagingCopy, formatted
from app.ingestion.lane import Lane
from app.ingestion.tables import RunTables
from app.workbook.contract import Sheet
from app.workbook.reading import Workbook
from app.workbook.typing import typed_chunks


@dataclass(slots=True)
class Extracted:
    """What the reader delivered of one sheet.

    sheet_sha256: of the sheet's XML in the workbook. notes: cells stored oddly but kept unchanged, by (header, code).
    extract_s: seconds of reading, typing and formatting; load_s: seconds of copying beside it.
    """

    sheet: str
    rows: int = 0
    sheet_sha256: str = ""
    cell_faults: Counter[str] = field(default_factory=Counter)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    extra_columns: tuple[str, ...] = ()
    extract_s: float = 0.0
    load_s: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Its object in extraction_report.json."""
        return {
            "sheet": self.sheet,
            "sheet_sha256": self.sheet_sha256,
            "rows_extracted": self.rows,
            "rows_with_cell_faults": dict(self.cell_faults),
            "cell_notes": [
                {"header": header, "code": code, "cells": cells} for (header, code), cells in sorted(self.notes.items())
            ],
            "extra_columns": list(self.extra_columns),
            "extract_s": round(self.extract_s, 4),
            "load_s": round(self.load_s, 4),
        }


def extract_sheet(
    connection: Any,
    workbook: Workbook,
    sheet: Sheet,
    tables: RunTables,
    lane: Lane,
    tell: Callable[[int], None],
) -> Extracted:
    """Stream one sheet towards its staging table, a chunk at a time; the lane copies beside it, on the psycopg2
    connection.

    tell: called with the rows read so far, after each chunk.
    """
    extracted = Extracted(sheet.name)
    copy = StagingCopy(connection, tables.staging(sheet), sheet, lane)
    began = perf_counter()
    for chunk in typed_chunks(workbook, sheet):
        lines = formatted(sheet, chunk.excel_rows, chunk.columns)
        extracted.extract_s += perf_counter() - began
        copy.send(lines, chunk.faults)
        extracted.rows += len(chunk.excel_rows)
        extracted.cell_faults.update(fault.code for fault in chunk.faults.values())
        extracted.notes.update(chunk.notes)
        extracted.extra_columns = chunk.extra_columns
        tell(extracted.rows)
        began = perf_counter()
    extracted.extract_s += perf_counter() - began
    extracted.sheet_sha256 = workbook.sheet_sha256(sheet.name)

    def copied() -> None:
        extracted.load_s = copy.copied_s

    lane.submit(copied)
    return extracted

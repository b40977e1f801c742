"""Sheets of the workbook into the run's staging tables: typed by the workbook room, counted here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from app.ingestion.copying import StagingCopy, formatted
from app.ingestion.tables import RunTables
from app.workbook.contract import Sheet
from app.workbook.reading import Workbook
from app.workbook.typing import typed_chunks


@dataclass(slots=True)
class Extracted:
    """What the reader delivered of one sheet.

    sheet_sha256: of the sheet's XML in the workbook. notes: cells stored oddly but kept unchanged, by (header, code).
    extract_s: seconds of reading and typing; load_s: seconds of formatting and sending.
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
    connection: sa.Connection, workbook: Workbook, sheet: Sheet, tables: RunTables, tell: Callable[[int], None]
) -> Extracted:
    """Stream one sheet into its staging table, a chunk at a time; the server copies one while the next is read.

    tell: called with the rows read so far, after each chunk.
    """
    extracted = Extracted(sheet.name)
    chunks = typed_chunks(workbook, sheet)
    cursor: Any = connection.connection.cursor()
    with cursor, StagingCopy(cursor, tables.staging(sheet), sheet) as copy:
        while True:
            began = perf_counter()
            chunk = next(chunks, None)
            read = perf_counter()
            extracted.extract_s += read - began
            if chunk is None:
                break
            copy.send(formatted(sheet, chunk.excel_rows, chunk.columns), chunk.faults)
            extracted.rows += len(chunk.excel_rows)
            extracted.cell_faults.update(fault.code for fault in chunk.faults.values())
            extracted.notes.update(chunk.notes)
            extracted.extra_columns = chunk.extra_columns
            extracted.load_s += perf_counter() - read
            tell(extracted.rows)
    extracted.sheet_sha256 = workbook.sheet_sha256(sheet.name)
    return extracted

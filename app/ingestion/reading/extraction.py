"""Copies the workbook's sheets to the run's staging tables and counts their rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from app.contract import Sheet
from app.ingestion.reading.copying import StagingCopy
from app.ingestion.reading.database_thread import DatabaseThread
from app.ingestion.reading.preparing import Prepared
from app.ingestion.reading.readers import SheetRows
from app.ingestion.tables.names import RunTables
from app.workbook.judging.column_faults import ColumnFaults, tally


@dataclass(slots=True)
class Extracted:
    """One sheet as read.

    sheet_sha256: of the sheet's XML in the workbook. hidden_rows, hidden_columns: hidden or filtered out; they are read
    as well. cell_faults: rows with faulty cells, by their gravest code. column_faults: faulty cells by column. notes:
    cells stored oddly but kept unchanged, by (header, code). recorded_times: the times at which the file was made, as
    it says. extract_s: seconds of waiting for its rows; load_s: seconds of copying, at the same time.
    """

    sheet: str
    rows: int = 0
    sheet_sha256: str = ""
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()
    cell_faults: Counter[str] = field(default_factory=Counter)
    column_faults: ColumnFaults = field(default_factory=dict)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    extra_columns: tuple[str, ...] = ()
    recorded_times: tuple[dt.datetime, ...] = ()
    extract_s: float = 0.0
    load_s: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The sheet's object in extraction_report.json."""
        return {
            "sheet": self.sheet,
            "sheet_sha256": self.sheet_sha256,
            "hidden_rows": self.hidden_rows,
            "rows_extracted": self.rows,
            "rows_with_cell_faults": dict(self.cell_faults),
            "column_faults": [
                {"header": fault.header, "code": fault.code, "cells": fault.cells, "excel_row": fault.excel_row}
                for _, fault in sorted(self.column_faults.items())
            ],
            "cell_notes": [
                {"header": header, "code": code, "cells": cells} for (header, code), cells in sorted(self.notes.items())
            ],
            "extra_columns": list(self.extra_columns),
            "extract_s": round(self.extract_s, 4),
            "load_s": round(self.load_s, 4),
        }


class Extraction:
    """One sheet on its way to its staging table, to which the thread copies it. connection: of psycopg2, used by the
    thread."""

    def __init__(self, connection: Any, sheet: Sheet, tables: RunTables, thread: DatabaseThread) -> None:
        self.extracted = Extracted(sheet.name)
        self._copy = StagingCopy(connection, tables.staging(sheet), sheet, thread)
        self._thread = thread

    def take(self, prepared: Prepared) -> None:
        """Have these rows, which follow those before, copied, and count them."""
        extracted = self.extracted
        self._copy.send(prepared.plain, prepared.refused, prepared.checksums)
        extracted.rows += prepared.rows
        extracted.cell_faults.update(prepared.cell_faults)
        tally(extracted.column_faults, *prepared.column_faults.values())
        extracted.notes.update(prepared.notes)

    def take_all(self, read: SheetRows, between: Callable[[], None]) -> Extracted:
        """Take the rest of the sheet; `between` is called after each chunk. The result is complete once the thread has
        done everything."""
        extracted = self.extracted
        began = perf_counter()
        for prepared in read.chunks:
            extracted.extract_s += perf_counter() - began
            self.take(prepared)
            between()
            began = perf_counter()
        extracted.extract_s += perf_counter() - began
        extracted.extra_columns, extracted.recorded_times = read.extra_columns, read.recorded_times
        extracted.sheet_sha256, extracted.hidden_rows = read.sheet_sha256, read.hidden_rows
        extracted.hidden_columns = read.hidden_columns

        def copied() -> None:
            extracted.load_s = self._copy.copied_s

        self._thread.submit(copied)
        return extracted

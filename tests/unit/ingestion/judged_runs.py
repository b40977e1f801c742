"""Reconciled runs for the tests of the guards."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from app.contract.sheet_counts import SheetCounts
from app.ingestion.guards import Judged
from app.ingestion.sheets.refused_rows import Refused
from app.workbook.judging.column_faults import ColumnFault
from app.workbook.judging.reject_limits import SheetRejects

NOON = dt.datetime(2025, 12, 11, 12)
FAULT_OF_PHASES = ColumnFault("FaseOf_Inicio", "INVALID_TYPE", 95, 57, "45067 is a number, not a date", "number")
FAULT = ColumnFault("Of_DataCriacao", "INVALID_TYPE", 9, 57, "45067 is a number, not a date", "number")


def counts(sheet: str = "OrdensFabrico", rows: int = 100, live: int = 0, deleted: int = 0) -> SheetCounts:
    kept = live - deleted
    return SheetCounts(sheet, rows, rows, rows, 0, rows - kept, 0, kept, deleted, live_rows=live)


def refused(rows: int, faulty: int, live_keys: int = 0) -> Refused:
    fault = replace(FAULT, cells=faulty)
    rejects = SheetRejects(
        "OrdensFabrico", rows, {"INVALID_TYPE": faulty}, columns=(fault,), sound_values={fault.header: rows - faulty}
    )
    return Refused(rejects, live_keys)


def run(*sheets: SheetCounts, **more: Any) -> Judged:
    return Judged(sheets or (counts(),), **more)

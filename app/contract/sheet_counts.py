"""The row counts of one sheet of a run. The columns of audit.ingestion_sheets are derived from the fields."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

NOT_KEPT = {"kept": False}
"""Marks a field that is neither stored nor reported."""


@dataclass(frozen=True, slots=True)
class SheetCounts:
    """Row counts of one sheet after each step; each is counted independently.

    rows_extracted: rows from the reader. rows_loaded: rows in staging.
    rows_merged: rows in the run's partition. rows_rejected: rows in the run's rejects.
    inserted, updated, unchanged, deleted: keys compared with the plant's live snapshot.
    live_rows: rows of the live snapshot (0 when there is none).
    sheet_sha256: SHA-256 of the sheet's XML in the workbook, None in a record older than that column.
    """

    sheet: str
    rows_extracted: int
    rows_loaded: int
    rows_merged: int
    rows_rejected: int
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    live_rows: int = field(default=0, metadata=NOT_KEPT)
    rejects_by_reason: dict[str, int] = field(default_factory=dict)
    sheet_sha256: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The sheet's object in `ingest --json` and in the reports."""
        return {one.name: getattr(self, one.name) for one in KEPT}


KEPT = tuple(one for one in fields(SheetCounts) if one.metadata != NOT_KEPT)
COUNTS = tuple(one.name for one in KEPT if one.type == "int")
"""Names of the counts that are kept, in the order of their columns."""

"""The identities between a run's counts that must hold before it may be published. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


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
    live_rows: int = 0
    rejects_by_reason: dict[str, int] = field(default_factory=dict)
    sheet_sha256: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The sheet's object in `ingest --json` and in the reports."""
        record = asdict(self)
        del record["live_rows"]
        return record


def violations(counts: SheetCounts) -> list[str]:
    """The identities that do not hold, as `name: left != right`; empty when the sheet reconciles.

    Zero tolerance: extracted == loaded == merged + rejected; merged == inserted + updated + unchanged;
    live == updated + unchanged + deleted; rejected == the sum over its reasons.
    """
    identities = (
        ("extracted = loaded", counts.rows_extracted, counts.rows_loaded),
        ("loaded = merged + rejected", counts.rows_loaded, counts.rows_merged + counts.rows_rejected),
        (
            "merged = inserted + updated + unchanged",
            counts.rows_merged,
            counts.inserted + counts.updated + counts.unchanged,
        ),
        ("live = updated + unchanged + deleted", counts.live_rows, counts.updated + counts.unchanged + counts.deleted),
        ("rejected = sum of reasons", counts.rows_rejected, sum(counts.rejects_by_reason.values())),
    )
    return [f"{name}: {left} != {right}" for name, left, right in identities if left != right]

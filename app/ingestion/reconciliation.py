"""The identities between a run's counts that must hold before it may be published. Pure."""

from __future__ import annotations

from app.contract.sheet_counts import SheetCounts


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

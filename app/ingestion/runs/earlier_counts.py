"""The most rows that a sheet had in the runs of a plant, from the recorded counts, which outlive the snapshots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.database.schema.audit import ingestion_runs, ingestion_sheets

MOST_RUNS = 200
"""Number of the latest runs that are looked at."""
MEANT_LOSS_PERCENT = 10
"""A published run lost more than this share of its keys only if somebody allowed it."""

_runs, _counts = ingestion_runs.c, ingestion_sheets.c
_live_rows = _counts.updated + _counts.unchanged + _counts.deleted
_latest = (
    sa.select(_runs.run_id)
    .where(
        _runs.plant == sa.bindparam("plant"), _runs.status == "PUBLISHED", _runs.run_id <= sa.bindparam("live_run_id")
    )
    .order_by(_runs.run_id.desc())
    .limit(MOST_RUNS)
)
RECORDED = (
    sa.select(_counts.run_id, _counts.sheet, _counts.rows_merged, _live_rows.label("live_rows"), _counts.deleted)
    .where(_counts.run_id.in_(_latest))
    .order_by(_counts.run_id.desc())
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The counts of a sheet in a published run. live_rows: rows of the run that was live before it."""

    run_id: int
    rows: int
    live_rows: int
    deleted: int


def most_rows(recorded: Iterable[Recorded]) -> tuple[int, int]:
    """The largest number of rows and its run, from the live run back to a first load or a loss that somebody allowed.

    recorded: of one sheet, newest first. A run that was rolled back is left out: the next run was compared with the
    run before it, which its `live_rows` tells.
    """
    most, wanted = (0, 0), None
    for one in recorded:
        if wanted is not None and one.rows != wanted:
            continue
        most = max(most, (one.rows, one.run_id))
        if not one.live_rows or one.deleted * 100 > one.live_rows * MEANT_LOSS_PERCENT:
            break
        wanted = one.live_rows
    return most


def most_rows_before(connection: sa.Connection, plant: str, live_run_id: int) -> dict[str, tuple[int, int]]:
    """The largest number of rows of each sheet, and its run, since the last loss that somebody allowed."""
    found: dict[str, list[Recorded]] = {}
    for row in connection.execute(RECORDED, {"plant": plant, "live_run_id": live_run_id}):
        found.setdefault(row.sheet, []).append(Recorded(row.run_id, row.rows_merged, row.live_rows, row.deleted))
    return {sheet: most_rows(recorded) for sheet, recorded in found.items()}

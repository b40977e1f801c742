"""The most rows that a sheet had in the runs of a plant, from the recorded counts, which outlive the snapshots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import SHEET_BY_NAME
from app.contract.quality_issues import ROWS_ARCHIVED, QualityIssue
from app.database.schema.audit import data_quality_issues, ingestion_runs, ingestion_sheets

ISSUES = sa.select(data_quality_issues.c.sheet, data_quality_issues.c.code, data_quality_issues.c.row_count).where(
    data_quality_issues.c.run_id == sa.bindparam("run_id")
)
MOST_RUNS = 200
"""Number of the latest runs that are looked at."""
MEANT_LOSS_PERCENT = 10
"""A published run lost more than this share of its keys only if somebody allowed it."""

_ARCHIVED = {issue.code for issue in ROWS_ARCHIVED.values()}
_runs, _counts, _issues = ingestion_runs.c, ingestion_sheets.c, data_quality_issues.c
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
    sa.select(
        _counts.run_id,
        _counts.sheet,
        _counts.rows_merged,
        _live_rows.label("live_rows"),
        _counts.deleted,
        sa.func.coalesce(_issues.row_count, 0).label("archived"),
    )
    .select_from(
        ingestion_sheets.outerjoin(
            data_quality_issues,
            (_issues.run_id == _counts.run_id) & (_issues.sheet == _counts.sheet) & _issues.code.in_(_ARCHIVED),
        )
    )
    .where(_counts.run_id.in_(_latest))
    .order_by(_counts.run_id.desc())
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The counts of a sheet in a published run.

    live_rows: rows of the run that was live before it. lost: how many of these are gone, the archived ones aside.
    archived: how many are gone with their finished work order.
    """

    run_id: int
    rows: int
    live_rows: int
    lost: int
    archived: int = 0


@dataclass(frozen=True, slots=True)
class MostRows:
    """The largest number of rows that a sheet had, and its run. archived: rows that later runs archived."""

    rows: int = 0
    run_id: int = 0
    archived: int = 0


def most_rows(recorded: Iterable[Recorded]) -> MostRows:
    """The largest number of rows, from the live run back to a first load or a loss that somebody allowed. What was
    archived since is subtracted from a run's rows before they are compared.

    recorded: of one sheet, newest first. A run that was rolled back is left out: the next run was compared with the
    run before it, as its `live_rows` shows.
    """
    most, wanted, archived = MostRows(), None, 0
    for one in recorded:
        if wanted is not None and one.rows != wanted:
            continue
        if one.rows - archived > most.rows - most.archived:
            most = MostRows(one.rows, one.run_id, archived)
        if not one.live_rows or one.lost * 100 > one.live_rows * MEANT_LOSS_PERCENT:
            break
        archived += one.archived
        wanted = one.live_rows
    return most


def most_rows_before(connection: sa.Connection, plant: str, live_run_id: int) -> dict[str, MostRows]:
    """The largest number of rows of each sheet, and its run, since the last loss that somebody allowed."""
    found: dict[str, list[Recorded]] = {}
    for row in connection.execute(RECORDED, {"plant": plant, "live_run_id": live_run_id}):
        # A corrected row that has no number of its own counts as deleted and inserted.
        has_number = len(SHEET_BY_NAME[row.sheet].key) == 1
        gone = row.deleted if has_number else max(0, row.live_rows - row.rows_merged)
        lost = max(0, gone - row.archived)
        found.setdefault(row.sheet, []).append(Recorded(row.run_id, row.rows_merged, row.live_rows, lost, row.archived))
    return {sheet: most_rows(recorded) for sheet, recorded in found.items()}


def issue_counts(connection: sa.Connection, run_id: int, issues: Iterable[QualityIssue]) -> dict[QualityIssue, int]:
    """The recorded counts of these issues in one run."""
    found = {(sheet, code): count for sheet, code, count in connection.execute(ISSUES, {"run_id": run_id})}
    return {issue: found.get((issue.sheet, issue.code), 0) for issue in issues}

"""The record of a run, committed before the work begins, and the end of runs whose process died."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.contract import SHEETS
from app.contract.sheet_counts import SheetCounts
from app.database.schema import metadata
from app.database.schema.audit import ingestion_runs as runs
from app.database.schema.audit import ingestion_sheets, published_figures, rejected_rows
from app.database.schema.publication import current_snapshot, snapshot_facts

MAX_REASON_LENGTH = 2_000
"""Longest reason: a refusal has one part for each sheet, and ends with the remedy."""

REFUSED_RUNS_WITH_ROWS = 3
"""Number of a plant's latest refused runs whose refused rows are kept."""
DIED = "the process or its connection ended before the run did"
OF_PUBLISHED_RUNS = (current_snapshot, published_figures)
CHILDREN = tuple(
    table
    for table in metadata.sorted_tables
    if any(key.column.table is runs for key in table.foreign_keys) and table not in OF_PUBLISHED_RUNS
)
"""Tables that refer to ingestion_runs, without those in which only a run that was published has a row."""
REJECTS_BY_CODE = (
    sa.select(rejected_rows.c.sheet, rejected_rows.c.code, sa.func.count())
    .where(rejected_rows.c.run_id == sa.bindparam("run_id"))
    .group_by(rejected_rows.c.sheet, rejected_rows.c.code)
    .order_by(rejected_rows.c.sheet, rejected_rows.c.code)
)


def one_line(error: BaseException) -> str:
    """The reason in one line, without row contents: of a database error only its SQLSTATE and primary message.

    Of the path in an error of the file system only the file's name, because clients of the API read the reason.
    """
    original: Any = getattr(error, "orig", None) or error
    diagnosis = getattr(original, "diag", None)
    if diagnosis is not None and diagnosis.message_primary:
        return f"SQLSTATE {original.pgcode}: {diagnosis.message_primary}"[:MAX_REASON_LENGTH]
    if isinstance(original, OSError) and original.strerror and original.filename:
        return f"{original.strerror}: {Path(str(original.filename)).name}"[:MAX_REASON_LENGTH]
    text = " ".join(str(original).split())
    return (text or type(original).__name__)[:MAX_REASON_LENGTH]


def open_run(
    connection: sa.Connection,
    *,
    plant: str,
    sha256: str,
    workbook_name: str,
    requested_by: str,
    reserved: int | None = None,
) -> int:
    """Write the RUNNING record with the backend's process id; returns the run_id. The caller commits.

    reserved: the run_id of the request, if the run was requested.
    """
    values: dict[str, object] = {
        "plant": plant,
        "excel_sha256": sha256,
        "workbook_name": workbook_name,
        "requested_by": requested_by,
    }
    if reserved is not None:
        values["run_id"] = reserved
    values |= {"status": "RUNNING", "backend_pid": sa.func.pg_backend_pid()}
    run_id: int = connection.execute(runs.insert().values(values).returning(runs.c.run_id)).scalar_one()
    return run_id


def close_run(connection: sa.Connection, run_id: int) -> None:
    """End the RUNNING record of a run that is live now. The caller commits."""
    connection.execute(_ended(runs.c.run_id == run_id, "PUBLISHED"))


def fail_runs(connection: sa.Connection, run_ids: Iterable[int], status: str, reason: str) -> None:
    """End RUNNING records as FAILED or REFUSED; one that has ended already is left unchanged. The caller commits.

    The runs' rows in CHILDREN are removed as well. Their other data was rolled back, or was committed but never live:
    then retention drops the partitions.
    """
    ended = _ended(runs.c.run_id.in_(list(run_ids)), status, reason).returning(runs.c.run_id)
    gone = connection.execute(ended).scalars().all()
    for table in CHILDREN if gone else ():
        connection.execute(table.delete().where(table.c.run_id.in_(gone)))


def refuse_run(connection: sa.Connection, run_id: int, reason: str) -> None:
    """End the RUNNING record of a run that reconciled and must not be published. The caller commits.

    Its rows in audit stay, so that its report and refused rows can be fetched; its row in snapshot_facts is removed.
    Refused rows are kept for the plant's latest REFUSED_RUNS_WITH_ROWS refused runs only.
    """
    connection.execute(_ended(runs.c.run_id == run_id, "REFUSED", reason))
    connection.execute(snapshot_facts.delete().where(snapshot_facts.c.run_id == run_id))
    plant = sa.select(runs.c.plant).where(runs.c.run_id == run_id).scalar_subquery()
    refused = sa.select(runs.c.run_id).where(runs.c.plant == plant, runs.c.status == "REFUSED")
    older = refused.order_by(runs.c.run_id.desc()).offset(REFUSED_RUNS_WITH_ROWS)
    connection.execute(rejected_rows.delete().where(rejected_rows.c.run_id.in_(older)))


def bury_dead_runs(connection: sa.Connection, plant: str) -> None:
    """Mark the plant's RUNNING records FAILED; the caller holds the plant's lock, so none of them is at work."""
    running = sa.select(runs.c.run_id).where(runs.c.plant == plant, runs.c.status == "RUNNING")
    fail_runs(connection, connection.execute(running).scalars().all(), "FAILED", DIED)


def record_steps(connection: sa.Connection, run_id: int, steps_s: Mapping[str, float]) -> None:
    """Store the duration of each ingestion step, in seconds."""
    rounded = {name: round(seconds, 4) for name, seconds in steps_s.items()}
    connection.execute(runs.update().where(runs.c.run_id == run_id).values(phases_s=rounded))


def record_sheets(connection: sa.Connection, run_id: int, sheets: Iterable[SheetCounts]) -> None:
    """Store the reconciled counts of every sheet."""
    connection.execute(ingestion_sheets.insert(), [{"run_id": run_id, **counts.as_dict()} for counts in sheets])


def recorded_sheets(connection: sa.Connection, run_id: int) -> tuple[SheetCounts, ...]:
    """The stored counts of an earlier run, in the contract's order of sheets."""
    counts = [column for column in ingestion_sheets.c if column.name != "run_id"]
    order = {sheet.name: place for place, sheet in enumerate(SHEETS)}
    found = connection.execute(sa.select(*counts).where(ingestion_sheets.c.run_id == run_id))
    rows = sorted(found, key=lambda row: order.get(row.sheet, len(order)))
    return tuple(SheetCounts(**row._mapping) for row in rows)


def _ended(which: sa.ColumnElement[bool], status: str, reason: str | None = None) -> sa.Update:
    """The statement that ends those of these runs that are RUNNING."""
    ended = runs.update().where(which, runs.c.status == "RUNNING")
    return ended.values(status=status, failure=reason, finished_at=sa.func.clock_timestamp())

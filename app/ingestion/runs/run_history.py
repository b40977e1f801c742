"""Runs as the API shows them: requested, running, ended. Read by the API's role."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from app.ingestion.runs.plant import LOCK_CLASS
from app.ingestion.runs.run_record import DIED

RunStatus = Literal["QUEUED", "RUNNING", "PUBLISHED", "NO_OP", "FAILED", "REFUSED"]

# A RUNNING run is alive while the server process in its record holds the plant's lock. So a killed run is shown as dead
# at once, before another process ends its record. A requested run that failed is shown as ended once its request
# records the reason.
RUNS = f"""
    WITH seen AS (
        SELECT run_id, plant, excel_sha256, workbook_name, requested_by, asked.requested_at, run.started_at,
               coalesce(run.finished_at, asked.ended_at) AS finished_at, asked.source, asked.force,
               asked.allow_shrink, asked.allow_rejects, asked.allow_older, asked.allow_empty,
               asked.allow_implausible, asked.retry_of, asked.phase, asked.done, asked.total, asked.progress_at,
               asked.code,
               coalesce(asked.result_run_id, CASE WHEN run.status = 'PUBLISHED' THEN run_id END) AS result_run_id,
               coalesce(asked.failure, run.failure) AS failure,
               CASE WHEN run.status = 'RUNNING' AND NOT EXISTS (
                        SELECT FROM pg_locks AS held
                         WHERE held.locktype = 'advisory' AND held.granted AND held.pid = run.backend_pid
                           AND held.classid = {LOCK_CLASS})
                    THEN 'DIED'
                    WHEN asked.ended_as IS NOT NULL THEN asked.ended_as
                    WHEN asked.run_id IS NULL THEN run.status
                    WHEN run.failure = '{DIED}' THEN 'DIED'
                    WHEN run.status IN ('FAILED', 'REFUSED') THEN 'RUNNING'
                    ELSE coalesce(run.status, 'QUEUED') END AS status
          FROM audit.ingestion_runs AS run
          FULL JOIN audit.ingestion_requests AS asked USING (run_id, plant, excel_sha256, workbook_name, requested_by)
    )
    SELECT seen.*, live.run_id IS NOT NULL AS is_live
      FROM seen LEFT JOIN core.current_snapshot AS live ON live.run_id = seen.run_id AND live.plant = seen.plant
     WHERE seen.plant = :plant
"""
PAGE = sa.text(
    f"{RUNS} AND (CAST(:before AS bigint) IS NULL OR seen.run_id < :before) ORDER BY seen.run_id DESC LIMIT :limit"
)
ONE = sa.text(f"{RUNS} AND seen.run_id = :run_id")


class RunProgress(BaseModel):
    """The progress of a run."""

    phase: str = Field(description="extract, load, merge, validate or publish")
    done: int = Field(description="rows while the phase is extract, otherwise steps")
    total: int | None = Field(description="of done; null: not known beforehand")
    at: dt.datetime


class RunFailure(BaseModel):
    """Why a run ended without being published, or what failed once it was live."""

    code: str | None = Field(description="stable; null: the run was started by a command, which told its caller")
    detail: str


class IngestionRun(BaseModel):
    """One ingestion, from the moment that it was asked for."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    status: RunStatus = Field(description="NO_OP: the workbook was live already, nothing was written")
    is_live: bool = Field(description="every answer about the data is of this run")
    workbook_name: str
    excel_sha256: str
    requested_by: str = Field(description="name of the API key, or how a command was called")
    requested_at: dt.datetime | None = Field(description="null: started by a command")
    started_at: dt.datetime | None
    finished_at: dt.datetime | None = Field(
        description="null: it waits or runs; of a run whose worker died: when that was last heard of"
    )
    source: Literal["UPLOAD", "FOLDER"] | None = Field(description="null: started by a command")
    force: bool | None = Field(description="null: started by a command")
    allow_shrink: bool | None = Field(description="null: started by a command")
    allow_rejects: bool | None = Field(description="null: started by a command")
    allow_older: bool | None = Field(description="null: started by a command")
    allow_empty: bool | None = Field(description="null: started by a command")
    allow_implausible: bool | None = Field(description="null: started by a command")
    retry_of: int | None = Field(description="the failed run that this one repeats; null: it repeats none")
    progress: RunProgress | None = Field(description="null: not begun, or started by a command")
    result_run_id: int | None = Field(description="the run that holds this workbook; null: none does, or not yet")
    failure: RunFailure | None
    retryable: bool = Field(description="nothing was wrong with the workbook: the run may be asked for again")


def list_runs(connection: sa.Connection, plant: str, *, limit: int, before: int | None) -> list[IngestionRun]:
    """The plant's runs, newest number first; `before`: only those with lower numbers."""
    return [_run(row) for row in _seen(connection, PAGE, {"plant": plant, "limit": limit, "before": before})]


def find_run(connection: sa.Connection, plant: str, run_id: int) -> IngestionRun | None:
    """One run of the plant, if there is one of this number."""
    rows = _seen(connection, ONE, {"plant": plant, "run_id": run_id})
    return _run(rows[0]) if rows else None


def _seen(connection: sa.Connection, statement: sa.TextClause, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows as they are now, in a new transaction if necessary.

    Locks are read as they are now, rows as they were when the transaction began, so a run that ended in between would
    look dead. A run commits its end before it releases the lock, so after a rollback the row of a lock that was gone is
    up to date.
    """
    gone: set[int] = set()
    while True:
        rows = [dict(row) for row in connection.execute(statement, params).mappings()]
        died = {row["run_id"] for row in rows if row["status"] == "DIED"}
        if died <= gone:
            return rows
        gone |= died
        connection.rollback()


def _run(row: dict[str, Any]) -> IngestionRun:
    phase, done, total, at = (row.pop(name) for name in ("phase", "done", "total", "progress_at"))
    code, detail, status = row.pop("code"), row.pop("failure"), row.pop("status")
    if status == "DIED":
        status, code, detail = "FAILED", "WORKER_DIED", DIED
        row["finished_at"] = row["finished_at"] or at or row["started_at"]
    return IngestionRun(
        **{name: value for name, value in row.items() if name != "plant"},
        status=status,
        progress=None if phase is None else RunProgress(phase=phase, done=done, total=total, at=at),
        failure=None if detail is None else RunFailure(code=code, detail=detail),
        retryable=status == "FAILED" and row["source"] is not None,
    )

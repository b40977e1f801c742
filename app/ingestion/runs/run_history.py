"""Runs as the API shows them: requested, running, ended. Read by the API's role."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from app.database.schema.audit import ingestion_requests as asked
from app.database.schema.audit import ingestion_runs as runs
from app.database.schema.publication import current_snapshot as live
from app.ingestion.options import Allowed
from app.ingestion.runs.plant import LOCK_CLASS
from app.ingestion.runs.run_record import DIED
from app.typed import typed

RunStatus = Literal["QUEUED", "RUNNING", "PUBLISHED", "NO_OP", "FAILED", "REFUSED"]

IDENTITY = ("run_id", "plant", "excel_sha256", "workbook_name", "requested_by")
"""Columns that a run and its request share. A run started by a command has no request, a queued request no run."""

_both = {name: sa.func.coalesce(runs.c[name], asked.c[name]) for name in IDENTITY}
HEARD_WITHIN, TAKEN_WITHIN = dt.timedelta(minutes=15), dt.timedelta(seconds=15)
"""The longest silence of a run that a standby shows as running, and the longest wait of a request for a worker that has
nothing else to do."""
_locks = sa.table(
    "pg_locks",
    *(sa.column(name) for name in ("locktype", "pid", "classid", "objid", "database")),
    sa.column("granted", sa.Boolean),
)
_holds_the_lock = sa.exists().where(
    _locks.c.locktype == "advisory",
    _locks.c.granted,
    _locks.c.pid == runs.c.backend_pid,
    _locks.c.classid == LOCK_CLASS,
)
_heard = sa.func.greatest(runs.c.started_at, asked.c.progress_at)
# A RUNNING run is alive while the server process in its record holds the plant's lock. So a killed run is shown as dead
# at once, before another process ends its record. A standby does not see the primary's locks, so there the time decides
# since the run began or its request last recorded progress. A requested run that failed is shown as ended once its
# request records the reason.
_is_alive = sa.case((sa.func.pg_is_in_recovery(), _heard > sa.func.now() - HEARD_WITHIN), else_=_holds_the_lock)
_status = sa.case(
    (sa.and_(runs.c.status == "RUNNING", ~_is_alive), "DIED"),
    (asked.c.ended_as.is_not(None), asked.c.ended_as),
    (asked.c.run_id.is_(None), runs.c.status),
    (runs.c.failure == DIED, "DIED"),
    (runs.c.status.in_(("FAILED", "REFUSED")), "RUNNING"),
    else_=sa.func.coalesce(runs.c.status, "QUEUED"),
)
_this_database = sa.text("(SELECT oid FROM pg_database WHERE datname = current_database())")
_is_busy = sa.exists().where(
    _locks.c.locktype == "advisory",
    _locks.c.granted,
    _locks.c.classid == LOCK_CLASS,
    _locks.c.database == _this_database,
    # The column is unsigned, the hash is not.
    sa.cast(_locks.c.objid, sa.BigInteger)
    == sa.cast(sa.func.hashtext(asked.c.plant), sa.BigInteger).op("&")(2**32 - 1),
)
_others = runs.alias()
_was_busy = sa.exists().where(_others.c.plant == asked.c.plant, _others.c.finished_at > sa.func.now() - TAKEN_WITHIN)
_is_waiting = sa.and_(runs.c.run_id.is_(None), asked.c.ended_as.is_(None), ~sa.func.pg_is_in_recovery())
# A worker that serves the plant takes a request at once, unless the plant is busy with another or by a command.
_is_left = sa.case(
    (sa.and_(_is_waiting, asked.c.requested_at < sa.func.now() - TAKEN_WITHIN), ~_is_busy & ~_was_busy), else_=False
)
RUNS = sa.select(
    *(_both[name].label(name) for name in IDENTITY),
    *(asked.c[name] for name in ("requested_at", "source", "force", "retry_of", "code")),
    *(asked.c[f"allow_{one.name}"] for one in fields(Allowed)),
    *(asked.c[name] for name in ("phase", "done", "total", "progress_at")),
    runs.c.started_at,
    sa.func.coalesce(runs.c.finished_at, asked.c.ended_at).label("finished_at"),
    sa.func.coalesce(asked.c.result_run_id, sa.case((runs.c.status == "PUBLISHED", runs.c.run_id))).label(
        "result_run_id"
    ),
    sa.func.coalesce(asked.c.failure, runs.c.failure).label("failure"),
    _status.label("status"),
    _is_left.label("is_left"),
    live.c.run_id.is_not(None).label("is_live"),
).select_from(
    runs.join(asked, sa.and_(*(runs.c[name] == asked.c[name] for name in IDENTITY)), full=True).outerjoin(
        live, sa.and_(*(live.c[name] == _both[name] for name in ("run_id", "plant")))
    )
)


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
    plant: str
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
    source: Literal["UPLOAD", "FOLDER", "KEPT"] | None = Field(
        description="KEPT: a kept run was to be made live again, nothing ingested; null: started by a command"
    )
    force: bool | None = Field(description="null: started by a command")
    allow_shrink: bool | None = Field(description="null: started by a command")
    allow_rejects: bool | None = Field(description="null: started by a command")
    allow_older: bool | None = Field(description="null: started by a command")
    allow_empty: bool | None = Field(description="null: started by a command")
    allow_implausible: bool | None = Field(description="null: started by a command")
    retry_of: int | None = Field(description="the failed run that this one repeats; null: it repeats none")
    waiting: str | None = Field(description="why it is still QUEUED although its plant is not at work; null: it is not")
    progress: RunProgress | None = Field(description="null: not begun, or started by a command")
    result_run_id: int | None = Field(
        description="the run that holds this workbook, or that was made live again; null: none, or not yet"
    )
    failure: RunFailure | None
    retryable: bool = Field(description="nothing was wrong with the workbook: it may be asked for again")


def list_runs(connection: sa.Connection, plant: str, *, limit: int, before: int | None) -> list[IngestionRun]:
    """The plant's runs, newest number first; `before`: only those with lower numbers."""
    page = RUNS.where(_both["plant"] == plant).order_by(_both["run_id"].desc()).limit(limit)
    return [_run(row) for row in _seen(connection, page if before is None else page.where(_both["run_id"] < before))]


def find_run(connection: sa.Connection, plant: str, run_id: int) -> IngestionRun | None:
    """One run of the plant, if there is one of this number."""
    rows = _seen(connection, RUNS.where(_both["plant"] == plant, _both["run_id"] == run_id))
    return _run(rows[0]) if rows else None


def _seen(connection: sa.Connection, statement: sa.Select[Any]) -> list[dict[str, Any]]:
    """The rows as they are now, in a new transaction if necessary.

    Locks are read as they are now, rows as they were when the transaction began, so a run that ended in between would
    look dead. A run commits its end before it releases the lock, so after a rollback the row of a lock that was gone is
    up to date.
    """
    gone: set[int] = set()
    while True:
        rows = [dict(row) for row in connection.execute(statement).mappings()]
        died = {row["run_id"] for row in rows if row["status"] == "DIED"}
        if died <= gone:
            return rows
        gone |= died
        connection.rollback()


def untaken(plant: str) -> str:
    """The sentence for a request that no worker takes."""
    return f"No worker has taken this request up: start one that serves plant {plant}, with {typed('worker')}."


def _run(row: dict[str, Any]) -> IngestionRun:
    phase, done, total, at = (row.pop(name) for name in ("phase", "done", "total", "progress_at"))
    waiting = untaken(row["plant"]) if row.pop("is_left") else None
    code, detail, status = row.pop("code"), row.pop("failure"), row.pop("status")
    if status == "DIED":
        status, code, detail = "FAILED", "WORKER_DIED", DIED
        row["finished_at"] = row["finished_at"] or at or row["started_at"]
    return IngestionRun(
        **row,
        status=status,
        waiting=waiting,
        progress=None if phase is None else RunProgress(phase=phase, done=done, total=total, at=at),
        failure=None if detail is None else RunFailure(code=code, detail=detail),
        retryable=status == "FAILED" and row["source"] not in (None, "KEPT"),
    )

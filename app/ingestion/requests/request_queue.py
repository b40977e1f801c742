"""Requested ingestions: queued by the API, carried out by a worker, ended by another worker if that one dies."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.database.schema.audit import ingestion_requests as requests
from app.database.schema.audit import ingestion_runs as runs
from app.database.schema.queue import MOST_WAITING, QUEUE_FULL, SCHEMA
from app.ingestion.errors import IngestionFailed, QueueFull
from app.ingestion.options import NOTHING_ALLOWED, Allowed
from app.ingestion.requests.inbox import KEPT, UPLOAD, Stored
from app.ingestion.runs.plant import lock_key
from app.ingestion.runs.run_record import DIED, bury_dead_runs

PUBLISHED, NO_OP, FAILED, REFUSED = "PUBLISHED", "NO_OP", "FAILED", "REFUSED"
WORKER_DIED = "WORKER_DIED"

REQUEST = sa.text(
    "SELECT queue.request_ingestion(:plant, :excel_sha256, :workbook_name, :requested_by, :source, :file, :force,"
    " :allow_shrink, :allow_rejects, :allow_older, :allow_empty, :allow_implausible)"
)
RETRY = sa.text("SELECT queue.retry_ingestion(:run_id, :requested_by)")
jobs = sa.table("procrastinate_jobs", sa.column("args", JSONB), sa.column("status"), schema=SCHEMA)
NOT_ENDED = requests.c.ended_as.is_(None)
HAS_JOB = (
    sa.select(jobs.c.status)
    .where(sa.cast(jobs.c.args["run_id"].astext, sa.BigInteger) == requests.c.run_id)
    .where(jobs.c.status.in_(["todo", "doing"]))
    .exists()
)
"""True for a request whose job waits or runs; the worker of that job records how the request ends."""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """An ingestion to be requested. excel_sha256: of the file at that time; requested_by: the name kept in audit."""

    plant: str
    stored: Stored
    excel_sha256: str
    requested_by: str
    force: bool = False
    allowed: Allowed = NOTHING_ALLOWED


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A recorded request; ended_as is None while it waits or runs."""

    run_id: int
    plant: str
    excel_sha256: str
    workbook_name: str
    requested_by: str
    source: str
    file: str
    force: bool
    allowed: Allowed
    ended_as: str | None


def request_ingestion(connection: sa.Connection, wanted: NewRequest) -> int:
    """Record the request and queue its job, both or neither; the run_id that it holds from now on. The caller commits.

    The API's role may do this, in a transaction of its own. Raises QueueFull when the plant's queue is full.
    """
    asked = {
        "plant": wanted.plant,
        "excel_sha256": wanted.excel_sha256,
        "workbook_name": wanted.stored.path.name,
        "requested_by": wanted.requested_by,
        "source": wanted.stored.source,
        "file": wanted.stored.file,
        "force": wanted.force,
        **{f"allow_{name}": allowed for name, allowed in asdict(wanted.allowed).items()},
    }
    return _through_the_door(connection, REQUEST, asked)


def request_publication(
    connection: sa.Connection, plant: str, run_id: int, excel_sha256: str, workbook_name: str, requested_by: str
) -> int:
    """Request that a kept run is made live again, as `request_ingestion`; the run_id of the request."""
    asked = {
        "plant": plant,
        "excel_sha256": excel_sha256,
        "workbook_name": workbook_name,
        "requested_by": requested_by,
        "source": KEPT,
        "file": str(run_id),
        "force": False,
        **{f"allow_{name}": allowed for name, allowed in asdict(NOTHING_ALLOWED).items()},
    }
    return _through_the_door(connection, REQUEST, asked)


def retry_ingestion(connection: sa.Connection, run_id: int, requested_by: str) -> int:
    """Request a failed run again, with its workbook and options, as `request_ingestion`; the new run_id."""
    return _through_the_door(connection, RETRY, {"run_id": run_id, "requested_by": requested_by})


def _through_the_door(connection: sa.Connection, statement: sa.TextClause, asked: dict[str, object]) -> int:
    # The function counts the waiting requests, so it must see what others have just committed.
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
    try:
        run_id: int = connection.execute(statement, asked).scalar_one()
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "pgcode", None) != QUEUE_FULL:
            raise
        raise QueueFull(f"{MOST_WAITING} ingestions are waiting already. Try again when one has ended.") from error
    return run_id


def request_of(connection: sa.Connection, run_id: int) -> StoredRequest | None:
    """The request that holds this run's number; None when the run was started by a command."""
    names = [one.name for one in fields(StoredRequest) if one.name != "allowed"]
    names += [f"allow_{one.name}" for one in fields(Allowed)]
    wanted = sa.select(*(requests.c[name] for name in names)).where(requests.c.run_id == run_id)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    allowed = Allowed(**{one.name: values.pop(f"allow_{one.name}") for one in fields(Allowed)})
    return StoredRequest(**values, allowed=allowed)


def record_progress(connection: sa.Connection, run_id: int, step: str, done: int, total: int | None) -> None:
    """Record the run's progress (see `Progress`). The caller commits."""
    progressed = requests.update().where(requests.c.run_id == run_id, NOT_ENDED)
    now = sa.func.clock_timestamp()
    connection.execute(progressed.values(phase=step, done=done, total=total, progress_at=now))


def end_request(
    connection: sa.Connection,
    run_id: int,
    ended_as: str,
    *,
    code: str | None = None,
    failure: str | None = None,
    result_run_id: int | None = None,
) -> str | None:
    """Record how a request ended, unless that is recorded already. The caller commits.

    Returns the recorded end; None if the request had ended before. A run that was published ended as PUBLISHED; what
    failed afterwards is its `failure`.
    """
    published = sa.select(runs.c.run_id).where(runs.c.run_id == run_id, runs.c.status == PUBLISHED)
    ended = requests.update().where(requests.c.run_id == run_id, NOT_ENDED).returning(requests.c.ended_as)
    ended = ended.values(
        ended_as=sa.case((published.exists(), PUBLISHED), else_=ended_as),
        ended_at=sa.func.clock_timestamp(),
        code=code,
        failure=failure,
        result_run_id=sa.func.coalesce(published.scalar_subquery(), result_run_id),
    )
    return connection.execute(ended).scalar_one_or_none()


def require_request_not_ended(connection: sa.Connection, run_id: int) -> None:
    """Raise IngestionFailed if the request has ended. Call it with the plant's lock, under which alone it is given up.

    A worker whose heartbeat was late counts as dead, and its request is told as FAILED: a run begun afterwards would
    be live under that answer.
    """
    ended = sa.select(requests.c.run_id).where(requests.c.run_id == run_id, requests.c.ended_as.is_not(None))
    if connection.execute(ended).one_or_none() is not None:
        raise IngestionFailed(
            f"Request {run_id} was given up, because its worker seemed dead; nothing changed: ask again."
        )


def bury_dead_requests(connection: sa.Connection, plant: str) -> None:
    """End the requests that no living worker carries out, unless a process holds the plant's lock. The caller commits.

    Jobs of dead workers must have been taken out of the queue before.
    """
    if not connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(*lock_key(plant)))).scalar_one():
        return
    bury_dead_runs(connection, plant)
    own_run = runs.c.run_id == requests.c.run_id
    left = requests.update().where(requests.c.plant == plant, NOT_ENDED, ~HAS_JOB)
    left = left.values(ended_at=sa.func.clock_timestamp())
    connection.execute(
        left.where(own_run, runs.c.status != "RUNNING").values(
            ended_as=runs.c.status,
            failure=runs.c.failure,
            code=sa.case((runs.c.status != PUBLISHED, WORKER_DIED)),
            result_run_id=sa.case((runs.c.status == PUBLISHED, runs.c.run_id)),
        )
    )
    has_run = sa.select(runs.c.run_id).where(own_run).exists()
    connection.execute(left.where(~has_run).values(ended_as=FAILED, code=WORKER_DIED, failure=DIED))


def uploads_needed(connection: sa.Connection) -> set[str]:
    """Files of uploads of requests, of any plant, that have not ended."""
    return set(connection.execute(sa.select(requests.c.file).where(requests.c.source == UPLOAD, NOT_ENDED)).scalars())

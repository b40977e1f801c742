"""Requested ingestions: queued by the API, carried out by a worker, ended by another worker when that one died."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import sqlalchemy as sa

from app.database.schema.queue import MOST_WAITING, QUEUE_FULL
from app.ingestion.errors import QueueFull
from app.ingestion.options import NOTHING_ALLOWED, Allowed
from app.ingestion.requests.inbox import Stored
from app.ingestion.runs.plant import LOCK_CLASS
from app.ingestion.runs.run_record import DIED, bury_dead_runs

PUBLISHED, NO_OP, FAILED, REFUSED = "PUBLISHED", "NO_OP", "FAILED", "REFUSED"
WORKER_DIED = "WORKER_DIED"

REQUEST = sa.text(
    "SELECT queue.request_ingestion(:plant, :excel_sha256, :workbook_name, :requested_by, :source, :file, :force,"
    " :allow_shrink, :allow_rejects, :allow_older, :allow_empty)"
)
RETRY = sa.text("SELECT queue.retry_ingestion(:run_id, :requested_by)")
ASKED = sa.text(
    "SELECT run_id, plant, excel_sha256, workbook_name, requested_by, source, file, force, allow_shrink, ended_as,"
    " allow_rejects, allow_older, allow_empty FROM audit.ingestion_requests WHERE run_id = :run_id"
)
PROGRESSED = sa.text(
    "UPDATE audit.ingestion_requests SET phase = :phase, done = :done, total = :total, progress_at = clock_timestamp()"
    " WHERE run_id = :run_id AND ended_as IS NULL"
)
ENDED = sa.text("""
    WITH published AS (SELECT run_id FROM audit.ingestion_runs WHERE run_id = :run_id AND status = 'PUBLISHED')
    UPDATE audit.ingestion_requests
       SET ended_as = CASE WHEN EXISTS (SELECT FROM published) THEN 'PUBLISHED' ELSE :ended_as END,
           ended_at = clock_timestamp(), code = :code, failure = :failure,
           result_run_id = coalesce((SELECT run_id FROM published), :result_run_id)
     WHERE run_id = :run_id AND ended_as IS NULL
 RETURNING ended_as
""")
FILES_NEEDED = sa.text("SELECT file FROM audit.ingestion_requests WHERE source = 'UPLOAD' AND ended_as IS NULL")

TRY_LOCK = sa.text("SELECT pg_try_advisory_xact_lock(:class, hashtext(:plant))")
HAS_NO_JOB = """NOT EXISTS (SELECT FROM queue.procrastinate_jobs AS job
                        WHERE CAST(job.args->>'run_id' AS bigint) = asked.run_id AND job.status IN ('todo', 'doing'))"""
"""Skips requests whose job a worker still owns; it records the reason."""
END_WITH_THE_RUN = sa.text(f"""
    UPDATE audit.ingestion_requests AS asked
       SET ended_as = run.status, ended_at = clock_timestamp(), failure = run.failure,
           code = CASE WHEN run.status <> 'PUBLISHED' THEN :died END,
           result_run_id = CASE WHEN run.status = 'PUBLISHED' THEN run.run_id END
      FROM audit.ingestion_runs AS run
     WHERE run.run_id = asked.run_id AND asked.plant = :plant AND asked.ended_as IS NULL AND run.status <> 'RUNNING'
       AND {HAS_NO_JOB}
""")
END_WITHOUT_A_JOB = sa.text(f"""
    UPDATE audit.ingestion_requests AS asked
       SET ended_as = 'FAILED', ended_at = clock_timestamp(), code = :died, failure = :reason
     WHERE asked.plant = :plant AND asked.ended_as IS NULL
       AND NOT EXISTS (SELECT FROM audit.ingestion_runs AS run WHERE run.run_id = asked.run_id)
       AND {HAS_NO_JOB}
""")


@dataclass(frozen=True, slots=True)
class NewRequest:
    """An ingestion to be requested. excel_sha256: of the file as it was then; requested_by: as audit keeps it."""

    plant: str
    stored: Stored
    excel_sha256: str
    requested_by: str
    force: bool = False
    allowed: Allowed = NOTHING_ALLOWED


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request as it was recorded; ended_as is None while it waits or runs."""

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


def retry_ingestion(connection: sa.Connection, run_id: int, requested_by: str) -> int:
    """Request a failed run again, with its workbook and options, as `request_ingestion`; the new run_id."""
    return _through_the_door(connection, RETRY, {"run_id": run_id, "requested_by": requested_by})


def _through_the_door(connection: sa.Connection, statement: sa.TextClause, asked: dict[str, object]) -> int:
    # The door counts what waits, so it must see what others have just committed.
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
    row = connection.execute(ASKED, {"run_id": run_id}).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    allowed = Allowed(**{one.name: values.pop(f"allow_{one.name}") for one in fields(Allowed)})
    return StoredRequest(**values, allowed=allowed)


def record_progress(connection: sa.Connection, run_id: int, phase: str, done: int, total: int | None) -> None:
    """Record the run's progress (see `Progress`). The caller commits."""
    connection.execute(PROGRESSED, {"run_id": run_id, "phase": phase, "done": done, "total": total})


def end_request(
    connection: sa.Connection,
    run_id: int,
    ended_as: str,
    *,
    code: str | None = None,
    failure: str | None = None,
    result_run_id: int | None = None,
) -> str | None:
    """Say how a request ended; the first to say so is right. Returns what it ended as, None if it had. The caller
    commits.

    A run that was published ended as PUBLISHED, whatever failed afterwards: the failure says what.
    """
    values = {"ended_as": ended_as, "code": code, "failure": failure, "result_run_id": result_run_id}
    return connection.execute(ENDED, {"run_id": run_id, **values}).scalar_one_or_none()


def bury_dead_requests(connection: sa.Connection, plant: str) -> None:
    """End what no living worker carries out any more, unless the plant is being worked on. The caller commits.

    Jobs of dead workers must have been taken out of the queue before.
    """
    if not connection.execute(TRY_LOCK, {"class": LOCK_CLASS, "plant": plant}).scalar_one():
        return
    bury_dead_runs(connection, plant)
    connection.execute(END_WITH_THE_RUN, {"plant": plant, "died": WORKER_DIED})
    connection.execute(END_WITHOUT_A_JOB, {"plant": plant, "died": WORKER_DIED, "reason": DIED})


def uploads_needed(connection: sa.Connection) -> set[str]:
    """Files of uploads that a request of any plant still waits for."""
    return set(connection.execute(FILES_NEEDED).scalars())

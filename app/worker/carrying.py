"""Carries out one requested ingestion and always records how the request ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore
from typing import Any

import sqlalchemy as sa

from app.config import Settings
from app.database.access.roles import Roles
from app.database.engine import open_engine
from app.ingestion.errors import IngestionBusy, IngestionError, RunRefused
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.publishing import publish
from app.ingestion.requests.inbox import KEPT, Inbox
from app.ingestion.requests.request_queue import (
    FAILED,
    NO_OP,
    PUBLISHED,
    REFUSED,
    StoredRequest,
    end_request,
    record_progress,
    request_of,
    uploads_needed,
)
from app.ingestion.run_result import IngestionResult
from app.ingestion.runs.run_record import one_line
from app.workbook.errors import WorkbookRefused, path_hidden

PROGRESS_EVERY_S = 0.5
TURN_LOOK_S = 0.5
FAULT = {"code": "INTERNAL_ERROR", "failure": "Something went wrong that was not foreseen; the worker's log says what."}
log = logging.getLogger(__name__)


class WorkerStopped(IngestionError):
    """The worker had to stop and abandoned the run; nothing changed."""

    code = "WORKER_STOPPED"


@dataclass(frozen=True, slots=True)
class Station:
    """The environment of a worker: a plant's settings, database and roles. turns: shared by the plants of a process."""

    settings: Settings
    url: sa.URL
    roles: Roles
    turns: Semaphore = field(default_factory=Semaphore)

    @property
    def inbox(self) -> Inbox:
        """The folder of requested workbooks."""
        return Inbox(self.settings.upload_dir, self.settings.export_dir)

    def engine(self) -> AbstractContextManager[sa.Engine]:
        """An engine with the ingestion's role and one connection at a time, for a block."""
        return open_engine(self.url, role=self.roles.ingest, poolclass=sa.NullPool)


def carry_out(station: Station, run_id: int, *, must_stop: Callable[[], bool], last_attempt: bool) -> None:
    """Ingest what the request names and record its end; a request that has ended is left unchanged.

    must_stop: called whenever the run reports progress. Raises IngestionBusy, with the request unchanged, while another
    process works on the plant, except at the last attempt.
    """
    with station.engine() as engine:
        with engine.connect() as connection:
            asked = request_of(connection, run_id)
        if asked is None or asked.ended_as is not None:
            return
        try:
            ended_as, result_run_id = _ingested(station, engine, asked, must_stop)
        except IngestionBusy as busy:
            if not last_attempt:
                raise
            _end(station, engine, asked, FAILED, **_why(busy))
        except (WorkbookRefused, RunRefused) as refused:
            _end(station, engine, asked, REFUSED, **_why(refused))
        except IngestionError as failure:
            _end(station, engine, asked, FAILED, **_why(failure))
        except Exception:
            log.exception("run %s failed", run_id)
            _end(station, engine, asked, FAILED, **FAULT)
        else:
            _end(station, engine, asked, ended_as, result_run_id=result_run_id)


@contextmanager
def turn(station: Station, must_stop: Callable[[], bool]) -> Iterator[None]:
    """Wait for a turn among the process's plants. One that must stop goes on without it, to record how it ended."""
    is_taken = False
    while not is_taken and not must_stop():
        is_taken = station.turns.acquire(timeout=TURN_LOOK_S)
    try:
        yield
    finally:
        if is_taken:
            station.turns.release()


def _ingested(
    station: Station, engine: sa.Engine, asked: StoredRequest, must_stop: Callable[[], bool]
) -> tuple[str, int]:
    if asked.source == KEPT:
        return _published(station, asked)
    workbook = station.inbox.kept(asked.source, asked.file).path
    with path_hidden(workbook):
        result = _result(station, engine, asked, workbook, must_stop)
    return result.status, result.run_id


def _published(station: Station, asked: StoredRequest) -> tuple[str, int]:
    run_id = int(asked.file)
    found = publish(
        station.url,
        run_id,
        roles=station.roles,
        plant=asked.plant,
        gates_file=station.settings.feature_gates_file,
        request_id=asked.run_id,
    )
    return NO_OP if found.previous_run_id == run_id else PUBLISHED, run_id


def _result(
    station: Station, engine: sa.Engine, asked: StoredRequest, workbook: Path, must_stop: Callable[[], bool]
) -> IngestionResult:
    settings = station.settings
    return ingest(
        station.url,
        workbook,
        roles=station.roles,
        options=Options(
            plant=asked.plant,
            force=asked.force,
            allow_shrink=asked.allowed.shrink,
            allow_rejects=asked.allowed.rejects,
            allow_older=asked.allowed.older,
            allow_empty=asked.allowed.empty,
            allow_implausible=asked.allowed.implausible,
            requested_by=asked.requested_by,
            gates_file=settings.feature_gates_file,
            keep=settings.retention_keep,
            max_expanded_mb=settings.max_expanded_mb,
            progress=_ProgressRecorder(engine, asked.run_id, must_stop),
            reserved_run_id=asked.run_id,
            expected_sha256=asked.excel_sha256,
        ),
    )


class _ProgressRecorder:
    """Records the run's progress a few times a second over connections of its own; ends the run if it must stop
    and is not publishing."""

    def __init__(self, engine: sa.Engine, run_id: int, must_stop: Callable[[], bool]) -> None:
        self._engine, self._run_id, self._must_stop = engine, run_id, must_stop
        self._step, self._told_at = "", 0.0

    def __call__(self, step: str, done: int, total: int | None) -> None:
        if self._must_stop() and step != "publish":
            raise WorkerStopped("The worker was told to stop; nothing changed: ask again.")
        now = time.monotonic()
        if step == self._step and done != total and now - self._told_at < PROGRESS_EVERY_S:
            return
        self._step, self._told_at = step, now
        with self._engine.begin() as connection:
            record_progress(connection, self._run_id, step, done, total)


def _end(station: Station, engine: sa.Engine, asked: StoredRequest, ended_as: str, **how: Any) -> None:
    """Record the end, and remove an upload that is no longer needed."""
    with engine.begin() as connection:
        recorded = end_request(connection, asked.run_id, ended_as, **how)
        needed = uploads_needed(connection)
    if recorded not in (None, FAILED) and asked.file not in needed:
        station.inbox.discard(asked.source, asked.file)


def _why(error: IngestionError | WorkbookRefused) -> dict[str, str]:
    return {"code": error.code, "failure": one_line(error)}

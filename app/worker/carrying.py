"""One requested ingestion, from the request to its end: whatever happens, the request says how it ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from app.config import Settings
from app.database.engine import make_engine
from app.database.errors import DatabaseError
from app.database.roles import Roles
from app.ingestion import IngestionBusy, ShrinkRefused, ingest
from app.ingestion.errors import IngestionError, IngestionFailed
from app.ingestion.inbox import Inbox
from app.ingestion.requests import (
    FAILED,
    REFUSED,
    Asked,
    end_request,
    record_progress,
    request_of,
)
from app.ingestion.run_record import one_line
from app.workbook.digest import sha256_of
from app.workbook.errors import WorkbookRefused

PROGRESS_EVERY_S = 0.5
log = logging.getLogger(__name__)


class WorkerStopped(IngestionError):
    """The worker was told to stop and gave the run up; nothing changed."""

    code = "WORKER_STOPPED"


@dataclass(frozen=True, slots=True)
class Station:
    """Where a worker works: the database, its roles, the settings of this process."""

    settings: Settings
    url: sa.URL
    roles: Roles

    @property
    def inbox(self) -> Inbox:
        """Where requested workbooks lie."""
        return Inbox(self.settings.upload_dir, self.settings.export_dir)

    def engine(self) -> sa.Engine:
        """As the ingestion's role, one connection at a time."""
        return make_engine(self.url, role=self.roles.ingest, poolclass=sa.NullPool)


def carry_out(station: Station, run_id: int, *, must_stop: Callable[[], bool], last_attempt: bool) -> None:
    """Ingest what the request names and record how it ended; one that has ended already is left alone.

    must_stop: asked whenever the run reports progress. Raises IngestionBusy, the request untouched, while the plant is
    worked on by somebody else, unless this is the last attempt.
    """
    engine = station.engine()
    try:
        with engine.connect() as connection:
            asked = request_of(connection, run_id)
        if asked is None or asked.ended_as is not None:
            return
        try:
            ended_as, result_run_id = _ingested(station, engine, asked, must_stop)
        except IngestionBusy as busy:
            if not last_attempt:
                raise
            _end(engine, asked, FAILED, busy)
        except (WorkbookRefused, ShrinkRefused) as refused:
            _end(engine, asked, REFUSED, refused)
            station.inbox.discard(asked.source, asked.file)
        except (IngestionError, DatabaseError, sa.exc.SQLAlchemyError, OSError) as failure:
            _end(engine, asked, FAILED, failure)
        except Exception as fault:
            log.exception("run %s failed", run_id)
            _end(engine, asked, FAILED, fault)
        else:
            with engine.begin() as connection:
                end_request(connection, run_id, ended_as, result_run_id=result_run_id)
            station.inbox.discard(asked.source, asked.file)
    finally:
        engine.dispose()


def _ingested(station: Station, engine: sa.Engine, asked: Asked, must_stop: Callable[[], bool]) -> tuple[str, int]:
    workbook = station.inbox.find(asked.source, asked.file)
    if sha256_of(workbook) != asked.excel_sha256:
        raise IngestionFailed(f"{workbook.name} is not the file that was asked for any more; ask again.")
    settings = station.settings
    result = ingest(
        station.url,
        workbook,
        roles=station.roles,
        plant=asked.plant,
        force=asked.force,
        allow_shrink=asked.allow_shrink,
        requested_by=asked.requested_by,
        gates_file=settings.feature_gates_file,
        keep=settings.retention_keep,
        max_expanded_mb=settings.max_expanded_mb,
        progress=_Telling(engine, asked.run_id, must_stop),
        reserved_run_id=asked.run_id,
    )
    return result.status, result.run_id


class _Telling:
    """The run's progress, written a few times a second over connections of its own; its end, if it must stop."""

    def __init__(self, engine: sa.Engine, run_id: int, must_stop: Callable[[], bool]) -> None:
        self._engine, self._run_id, self._must_stop = engine, run_id, must_stop
        self._phase, self._told_at = "", 0.0

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        if self._must_stop() and phase != "publish":
            raise WorkerStopped("The worker was told to stop; nothing changed: ask again.")
        now = time.monotonic()
        if phase == self._phase and done != total and now - self._told_at < PROGRESS_EVERY_S:
            return
        self._phase, self._told_at = phase, now
        with self._engine.begin() as connection:
            record_progress(connection, self._run_id, phase, done, total)


def _end(engine: sa.Engine, asked: Asked, ended_as: str, error: Exception) -> None:
    code = getattr(error, "code", None)
    expected = isinstance(code, str) and type(error).__module__.startswith("app.")
    with engine.begin() as connection:
        end_request(
            connection,
            asked.run_id,
            ended_as,
            code=code if expected else "INTERNAL_ERROR",
            failure=one_line(error) if expected else "The run failed; the worker's log says why.",
        )

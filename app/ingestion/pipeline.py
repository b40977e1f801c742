"""One ingestion: a snapshot built in one transaction, then the pointer moved; its record survives a failure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg2
import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.errors import DatabaseError
from app.database.trouble import explained_database
from app.features.errors import DocumentError
from app.features.gates_document import read, write
from app.ingestion.build import Snapshot, build_snapshot
from app.ingestion.errors import IngestionFailed, RunRefused
from app.ingestion.options import DEFAULTS, Options, Request, Stopwatch, identify, request_of
from app.ingestion.reports.report_folder import REJECTED_CSV, REJECTED_ROWS, ReportFolder, stage_rejects, stage_reports
from app.ingestion.requests.request_queue import require_request_not_ended
from app.ingestion.run_result import DRY_RUN, NO_OP, PUBLISHED, REFUSED, IngestionResult
from app.ingestion.runs.elsewhere import fail_elsewhere, live_elsewhere
from app.ingestion.runs.plant import Live, live_snapshot, point_at, release_plant, working_on
from app.ingestion.runs.retention import retain_with
from app.ingestion.runs.run_gates import stored_document
from app.ingestion.runs.run_record import (
    bury_dead_runs,
    close_run,
    fail_runs,
    one_line,
    open_run,
    record_steps,
    recorded_sheets,
    refuse_run,
)
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.partitions import attach_partitions, drop_partitions
from app.typed import typed
from app.workbook.errors import WorkbookRefused, shown_name

PUBLISH_STEPS = 2
"""Two steps: the partitions are attached, then the run is live."""

EXPECTED_TROUBLE = (sa.exc.DBAPIError, psycopg2.Error, DatabaseError, OSError)
"""Errors of the server and the file system, reported as IngestionFailed. Others are raised as they are."""

RUN_SETTINGS = {
    # Half a million ids are sorted in a fifth of the time and of the memory that hashing them takes, the more so as
    # they come almost in order (docs/ingestion.md).
    "enable_hashjoin": "off",
    "enable_hashagg": "off",
    # Such sorts stay in memory, several at once within the run's budget.
    "work_mem": "64MB",
    "maintenance_work_mem": "128MB",
    # Compiling takes longer than any statement here gains from it.
    "jit": "off",
    # Digests are made from values as text, which must not depend on the login's defaults.
    "datestyle": "ISO, YMD",
    "extra_float_digits": "1",
}


def ingest(engine_url: sa.URL | str, workbook: Path, *, roles: Roles, options: Options = DEFAULTS) -> IngestionResult:
    """Make the workbook the plant's live snapshot, or change nothing.

    Raises WorkbookRefused and RunRefused (exit 3), IngestionBusy, ReconciliationFailed and IngestionFailed (exit 1).
    """
    identity = identify(Path(workbook))
    request = request_of(Path(workbook), identity, roles, options)
    plant, force = options.plant, options.force
    try:
        with working_on(engine_url, plant, roles) as connection:
            if options.reserved_run_id is not None:
                require_request_not_ended(connection, options.reserved_run_id)
            live = live_snapshot(connection, plant)
            if live is not None and live.excel_sha256 == request.identity.sha256 and not force:
                return _no_op(connection, request, live)
            connection.rollback()
            return _Run(engine_url, connection, request, live).carry_out()
    except (sa.exc.DBAPIError, psycopg2.Error) as error:
        # Once a run is recorded, `carry_out` reports its failures.
        why = explained_database(error) or f"{one_line(error)}."
        raise IngestionFailed(f"No ingestion was begun and nothing changed. {why}") from error


def _no_op(connection: sa.Connection, request: Request, live: Live) -> IngestionResult:
    """Leave the database unchanged; write the gates file again if an interrupted publication left an old one."""
    if request.gates_file is not None and not _belongs(request.gates_file, live):
        try:
            write(request.gates_file, stored_document(connection, live.run_id))
        except OSError as error:
            raise IngestionFailed(
                f"Run {live.run_id} holds this workbook and is live, but {request.gates_file} cannot be written "
                f"({error.strerror}): mend that and ingest again, or run {typed('feature-gates')}."
            ) from error
    sheets = recorded_sheets(connection, live.run_id)
    return IngestionResult(
        live.run_id, request.plant, live.excel_sha256, shown_name(request.workbook), NO_OP, sheets, {}
    )


def _belongs(gates_file: Path, live: Live) -> bool:
    try:
        document = read(gates_file)
    except DocumentError:
        return False
    return (document.run_id, document.excel_sha256) == (live.run_id, live.excel_sha256)


class _Run:
    """One run, from its record to its end. The connection holds the plant's lock and is outside a transaction."""

    def __init__(self, url: sa.URL | str, connection: sa.Connection, request: Request, live: Live | None) -> None:
        self._url = url
        self._connection = connection
        self._request = request
        self._live = live
        self._watch = Stopwatch()
        self._live_now = False
        self._pointed = False

    def carry_out(self) -> IngestionResult:
        """Record the run, then do the work in a transaction; after a failure before the commit only the record
        remains."""
        request, connection = self._request, self._connection
        if not request.dry_run:
            bury_dead_runs(connection, request.plant)
        run_id = open_run(
            connection,
            plant=request.plant,
            sha256=request.identity.sha256,
            workbook_name=shown_name(request.workbook),
            requested_by=request.requested_by,
            reserved=request.reserved_run_id,
        )
        if not request.dry_run:
            connection.commit()
        try:
            result = self._transact(RunTables(run_id))
        except BaseException as error:
            self._end_badly(run_id, error)
            if isinstance(error, EXPECTED_TROUBLE):
                raise IngestionFailed(f"Run {run_id} {self._outcome(run_id)}: {one_line(error)}.") from error
            raise
        request.progress("publish", PUBLISH_STEPS, PUBLISH_STEPS)
        return result

    def _transact(self, tables: RunTables) -> IngestionResult:
        request, connection, watch = self._request, self._connection, self._watch
        for name, value in RUN_SETTINGS.items():
            connection.exec_driver_sql(f"SET LOCAL {name} = '{value}'")
        snapshot = build_snapshot(connection, request, tables, self._live, watch)
        result = self._result(tables.run_id, snapshot)
        with ReportFolder(request.reports_dir) as reports:
            with watch.step("report"):
                stage_reports(reports, result, snapshot.extracted, snapshot.measured, snapshot.gates_document)
            if request.dry_run:
                # Its rows are rolled back below, so the list of its refused rows is written now.
                stage_rejects(reports, connection, result)
            if snapshot.refusal is not None:
                self._refuse(tables, snapshot.refusal)
                self._tell(reports, result)
                raise snapshot.refusal
            request.progress("publish", 0, PUBLISH_STEPS)
            if request.dry_run:
                connection.rollback()
                reports.release()
                return replace(result, phases_s=dict(watch.steps_s))
            with watch.step("publish"):
                self._publish(tables)
            if request.gates_file is not None:
                write(request.gates_file, dict(snapshot.gates_document))
            reports.remove(REJECTED_ROWS, REJECTED_CSV)
            reports.release()
            with watch.step("retain"):
                retained = retain_with(connection, request.roles, request.plant, request.keep)
            self._tell(reports, result)
        return replace(result, phases_s=dict(watch.steps_s), retained=retained)

    def _publish(self, tables: RunTables) -> None:
        """Commit the validated snapshot with its partitions attached, then the row that makes it live.

        Two commits, because PostgreSQL makes a commit visible a moment before other sessions learn that a table has a
        new partition. ATTACH does not block readers, so with the pointer in the same commit a reader could see the
        new run's number and, for that moment, no rows of it. The plant's lock is held over both; a run that dies in
        between was never live, and the next run removes it.
        """
        request, connection = self._request, self._connection
        attach_partitions(connection, tables, request.roles)
        record_steps(connection, tables.run_id, self._watch.steps_s)
        connection.commit()
        request.progress("publish", 1, PUBLISH_STEPS)
        point_at(connection, request.plant, tables.run_id)
        close_run(connection, tables.run_id)
        self._pointed = True
        connection.commit()
        self._live_now = True

    def _refuse(self, tables: RunTables, refusal: RunRefused) -> None:
        """Keep the run's record, counts and refused rows, and none of its rows in core."""
        connection = self._connection
        if self._request.dry_run:
            connection.rollback()
            return
        drop_partitions(connection, tables, self._request.roles)
        record_steps(connection, tables.run_id, self._watch.steps_s)
        refuse_run(connection, tables.run_id, one_line(refusal))
        connection.commit()

    def _tell(self, reports: ReportFolder, result: IngestionResult) -> None:
        """Rename the staged reports and write the list of refused rows, after the plant's lock is released."""
        if not self._request.dry_run:
            release_plant(self._connection, self._request.plant)
            with self._watch.step("list rejects"):
                stage_rejects(reports, self._connection, result)
            self._connection.rollback()
        reports.release()

    def _result(self, run_id: int, snapshot: Snapshot) -> IngestionResult:
        request = self._request
        carried_out = DRY_RUN if request.dry_run else PUBLISHED
        return IngestionResult(
            run_id=run_id,
            plant=request.plant,
            excel_sha256=request.identity.sha256,
            workbook_name=shown_name(request.workbook),
            status=carried_out if snapshot.refusal is None else REFUSED,
            sheets=snapshot.sheets,
            phases_s=dict(self._watch.steps_s),
            previous_run_id=self._live.run_id if self._live else None,
            gates=snapshot.gates,
            data_quality=snapshot.data_quality,
            warnings=snapshot.warnings,
            refusal=None if snapshot.refusal is None else str(snapshot.refusal),
        )

    def _outcome(self, run_id: int) -> str:
        """The state of the plant after a failed run. A commit whose reply was lost may have succeeded."""
        if self._live_now:
            return "is live, but what follows failed"
        if not self._pointed:
            return "failed and nothing changed"
        try:
            live = live_elsewhere(self._url, self._request.roles, self._request.plant)
        except (sa.exc.DBAPIError, DatabaseError):
            return "may be live: the reply to its last COMMIT was lost; ingest the same workbook again to find out"
        if live is not None and live.run_id == run_id:
            return "is live, but the reply to its last COMMIT was lost; ingest the same workbook again to end the rest"
        return "failed and nothing changed"

    def _end_badly(self, run_id: int, error: BaseException) -> None:
        """Roll back and close the record.

        If the server cannot be reached, the record stays RUNNING without a lock holder, and the next run closes it.
        """
        if self._request.dry_run:
            return
        status = "REFUSED" if isinstance(error, WorkbookRefused | RunRefused) else "FAILED"
        try:
            self._connection.rollback()
            fail_runs(self._connection, [run_id], status, one_line(error))
            self._connection.commit()
        except (sa.exc.DBAPIError, psycopg2.Error):
            self._connection.invalidate()
            with suppress(sa.exc.DBAPIError, DatabaseError):
                fail_elsewhere(self._url, self._request.roles, run_id, status, one_line(error))

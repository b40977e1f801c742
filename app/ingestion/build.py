"""Builds a new snapshot inside the caller's transaction, except attaching its partitions and moving the pointer."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEETS, Sheet
from app.contract.quality_issues import QualityIssue
from app.contract.sheet_counts import SheetCounts
from app.features.gates_document import build as build_document
from app.ingestion.errors import ReconciliationFailed, RunRefused
from app.ingestion.guards import Judged, refusal_of
from app.ingestion.options import Request, Stopwatch, require_unchanged
from app.ingestion.reading.database_thread import DatabaseThread
from app.ingestion.reading.extraction import Extracted, Extraction
from app.ingestion.reading.readers import Readers
from app.ingestion.reconciliation import violations
from app.ingestion.reports.data_quality import counted_issues, issue_questions, record_issues
from app.ingestion.reports.report_folder import import_writers
from app.ingestion.run_warnings import warnings_of
from app.ingestion.runs.earlier_counts import issue_counts, most_rows_before
from app.ingestion.runs.plant import Live
from app.ingestion.runs.run_gates import judge_run, summaries
from app.ingestion.runs.run_record import REJECTS_BY_CODE, record_sheets
from app.ingestion.sheets.ageing import older_sheets, orders_without_phase
from app.ingestion.sheets.comparison import emptied_columns
from app.ingestion.sheets.days_alone import without_days_alone
from app.ingestion.sheets.ended_work import ended_work, missing_open_work
from app.ingestion.sheets.future import future_stamps
from app.ingestion.sheets.merging import Merged, merge_sheet
from app.ingestion.sheets.relationships import Measured, rate_questions, record_rates
from app.ingestion.tables.aggregate_tables import make_aggregates
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.order import INGESTION_ORDER
from app.ingestion.tables.partitions import create_partitions
from app.ingestion.tables.ready_after import ready_after
from app.ingestion.tables.side_by_side import answers
from app.ingestion.tables.snapshot_facts import STAMPS, Facts, measure_facts, record_facts
from app.ingestion.tables.staging_tables import create_staging, drop_staging
from app.workbook.errors import WorkbookRefused
from app.workbook.judging.contradictions import CONTRADICTIONS, Contradicting, contradicting, newly_contradicting
from app.workbook.opc.export_time import LatestMoment, latest_moments

SHEET_NAMES = [sheet.name for sheet in SHEETS]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A built and reconciled snapshot that is not visible yet.

    warnings: about sheets; stored with the run's issues. refusal: the reason not to publish it, if any.
    """

    extracted: tuple[Extracted, ...]
    sheets: tuple[SheetCounts, ...]
    measured: tuple[Measured, ...]
    gates: tuple[dict[str, Any], ...]
    gates_document: Mapping[str, Any]
    data_quality: tuple[dict[str, Any], ...]
    warnings: tuple[dict[str, Any], ...]
    refusal: RunRefused | None


def build_snapshot(
    connection: sa.Connection, request: Request, tables: RunTables, live: Live | None, watch: Stopwatch
) -> Snapshot:
    """Extract, load, merge and validate; each sheet is merged while the next ones are read.

    Raises WorkbookRefused (CHANGED when the file changes meanwhile, among others) and ReconciliationFailed.
    """
    with watch.step("load"):
        create_staging(connection, tables, request.roles)
        create_partitions(connection, tables, request.roles)
    making = _SnapshotInProgress(connection, request, tables, live, watch)
    with DatabaseThread() as thread:
        extracted = _stage(connection, request, tables, watch, thread, making.merge)
        if request.reports_dir is not None:
            import_writers()
    with watch.step("validate"):
        request.progress("validate", 0, 1)
        return making.validated(extracted)


class _SnapshotInProgress:
    """A snapshot in progress, used by the database thread and afterwards by the caller."""

    def __init__(
        self, connection: sa.Connection, request: Request, tables: RunTables, live: Live | None, watch: Stopwatch
    ) -> None:
        self._connection, self._request, self._tables = connection, request, tables
        self._live, self._watch = live, watch
        self._merged: dict[str, Merged] = {}
        self._facts: Facts | None = None
        self._bounds: tuple[LatestMoment, ...] = ()
        self._issues: dict[QualityIssue, int] = {}
        self._measured: dict[str, Measured] = {}

    def merge(self, sheet: Sheet, read: Extracted) -> None:
        """Merge a sheet and compute everything that needs no later sheet."""
        connection, request, tables, watch = self._connection, self._request, self._tables, self._watch
        if not self._merged:
            request.progress("merge", 0, len(SHEETS))
        watch.add("load", read.load_s)
        self._merged[sheet.name] = merge_sheet(connection, sheet, tables, request.roles, self._live, read, watch)
        with watch.step("facts"):
            if sheet.name == ready_after(STAMPS):
                self._bounds = latest_moments(read.recorded_times)
                self._facts = measure_facts(connection, tables, self._bounds)
        as_of = self._facts.as_of if self._facts else None
        with watch.step("match rates"):
            self._count(sheet, as_of)
        with watch.step("aggregates"):
            make_aggregates(connection, sheet, tables, request.roles, as_of)
        request.progress("merge", len(self._merged), len(SHEETS))

    def _count(self, sheet: Sheet, as_of: dt.datetime | None) -> None:
        """Measure the match rates and count the data-quality issues that need no later sheet."""
        connection, tables = self._connection, self._tables
        rates, issues = rate_questions(sheet, tables), issue_questions(sheet, tables)
        found = answers(connection, {**rates, **issues}, as_of=as_of)
        measured = record_rates(connection, tables, {one: found[one] for one in rates})
        self._measured |= {one.relationship.name: one for one in measured}
        self._issues |= counted_issues({one: found[one] for one in issues})

    def validated(self, extracted: tuple[Extracted, ...]) -> Snapshot:
        """The snapshot after all counts, reconciliation, judgements and records."""
        connection, request, tables = self._connection, self._request, self._tables
        if self._facts is None:
            raise RuntimeError("a snapshot is validated after all of its sheets were merged")
        drop_staging(connection, tables, request.roles)
        sheets = _counted(connection, tables, extracted, self._merged)
        _require_reconciled(sheets)
        measured = tuple(self._measured[relationship.name] for relationship in RELATIONSHIPS)
        judged = self._judged(sheets, self._facts, measured)
        warnings = warnings_of(judged)
        record_sheets(connection, tables.run_id, sheets)
        record_facts(connection, tables, self._facts, self._merged["OrdemFabricoErros"].merged)
        issues = record_issues(connection, tables.run_id, self._issues | judged.archived_issues, extracted, warnings)
        rates = {item.relationship.name: item.rate for item in measured}
        judgements = judge_run(connection, tables.run_id, rates)
        document = build_document(
            run_id=tables.run_id, plant=request.plant, excel_sha256=request.identity.sha256, judgements=judgements
        )
        refusal = refusal_of(judged, request.allowed)
        return Snapshot(extracted, sheets, measured, summaries(judgements), document, issues, warnings, refusal)

    def _judged(self, sheets: tuple[SheetCounts, ...], facts: Facts, measured: tuple[Measured, ...]) -> Judged:
        connection, tables, live, plant = self._connection, self._tables, self._live, self._request.plant
        live_run_id = live.run_id if live else None
        # A live run whose latest event is in the future would make every true export an older one: ignore it.
        dated = live if live and live.as_of and live.as_of <= self._bounds[-1].moment else None
        referencing: Counter[str] = Counter()
        for item in measured:
            if len(item.relationship.links) == 1:
                referencing[item.relationship.links[0].to_sheet] += item.rate.rows_referencing
        refused = {name: one.refused for name, one in self._merged.items() if one.refused}
        return Judged(
            sheets,
            refused=refused,
            ended_work=ended_work(connection, facts, live_run_id),
            referencing=referencing,
            rewritten=[column for sheet in SHEETS for column in self._merged[sheet.name].rewritten],
            repeated=[one.repeated for one in self._merged.values() if one.repeated],
            emptied_columns=emptied_columns(connection, tables, live_run_id),
            as_of=facts.as_of,
            live_as_of=dated.as_of if dated else None,
            doubled=[one.doubled for one in self._merged.values() if one.doubled],
            archived={name: one.archived for name, one in self._merged.items() if one.archived},
            corrected={name: one.corrected for name, one in self._merged.items() if one.corrected},
            uniform=[column for sheet in SHEETS for column in self._merged[sheet.name].uniform],
            contradicting=self._contradicting(sheets, live),
            future=future_stamps(connection, tables, facts.as_of, self._issues, self._bounds[-1].moment, live),
            moved=[plan for sheet in SHEETS for plan in self._merged[sheet.name].moved],
            totals=[one.totals for one in self._merged.values() if one.totals],
            lost_work=[lost for sheet in SHEETS for lost in self._merged[sheet.name].lost_work],
            older=older_sheets(connection, tables, dated, sheets),
            missing_open_work=missing_open_work(connection, facts, plant),
            most_rows=most_rows_before(connection, plant, live.run_id) if live else {},
            orders_without_phase=0 if live else orders_without_phase(connection, tables),
        )

    def _contradicting(self, sheets: tuple[SheetCounts, ...], live: Live | None) -> list[Contradicting]:
        """The sheets that contradict themselves, as they did not in the live run."""
        rows = {counts.sheet: counts.rows_merged for counts in sheets}
        now = list(contradicting(self._issues, rows))
        if now:
            now = list(contradicting(without_days_alone(self._connection, self._tables, self._issues), rows))
        if not now or live is None:
            return now
        counts = issue_counts(self._connection, live.run_id, CONTRADICTIONS)
        return newly_contradicting(now, list(contradicting(counts, {one.sheet: one.live_rows for one in sheets})))


def _stage(
    connection: sa.Connection,
    request: Request,
    tables: RunTables,
    watch: Stopwatch,
    thread: DatabaseThread,
    merge: Callable[[Sheet, Extracted], None],
) -> tuple[Extracted, ...]:
    """Read every sheet; each sheet is merged in the thread while the next one is read."""
    try:
        return _staged(connection, request, tables, watch, thread, merge)
    except WorkbookRefused:
        # A file that is cut or overwritten while it is read looks damaged; report the change instead.
        require_unchanged(request.workbook, request.identity)
        raise


def _staged(
    connection: sa.Connection,
    request: Request,
    tables: RunTables,
    watch: Stopwatch,
    thread: DatabaseThread,
    merge: Callable[[Sheet, Extracted], None],
) -> tuple[Extracted, ...]:
    raw = connection.connection.driver_connection  # from here on the connection is the thread's
    extractions = [Extraction(raw, sheet, tables, thread) for sheet in INGESTION_ORDER]
    request.progress("extract", 0, None)
    with Readers(request.workbook, INGESTION_ORDER, request.max_expanded_mb) as readers:

        def between() -> None:
            for prepared in readers.arrived():
                extractions[-1].take(prepared)
            request.progress("extract", sum(one.extracted.rows for one in extractions), None)

        for place, (sheet, extraction) in enumerate(zip(INGESTION_ORDER, extractions, strict=True), start=1):
            one = extraction.take_all(readers.sheet(), between)
            thread.submit(partial(merge, sheet, one))
            watch.add("extract", one.extract_s)
            request.progress("load", place, len(SHEETS))
    require_unchanged(request.workbook, request.identity)
    return tuple(
        sorted((one.extracted for one in extractions), key=lambda extracted: SHEET_NAMES.index(extracted.sheet))
    )


def _counted(
    connection: sa.Connection, tables: RunTables, extracted: tuple[Extracted, ...], merged: Mapping[str, Merged]
) -> tuple[SheetCounts, ...]:
    rejected = _rejects(connection, tables.run_id)
    counts = []
    for read in extracted:
        found, reasons = merged[read.sheet], rejected.get(read.sheet, {})
        counts.append(
            SheetCounts(
                sheet=read.sheet,
                rows_extracted=read.rows,
                rows_loaded=found.loaded,
                rows_merged=found.merged,
                rows_rejected=sum(reasons.values()),
                inserted=found.difference.inserted,
                updated=found.difference.updated,
                unchanged=found.difference.unchanged,
                deleted=found.difference.deleted,
                live_rows=found.difference.live_rows,
                rejects_by_reason=reasons,
                sheet_sha256=read.sheet_sha256,
            )
        )
    return tuple(counts)


def _rejects(connection: sa.Connection, run_id: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for sheet, code, count in connection.execute(REJECTS_BY_CODE, {"run_id": run_id}):
        found.setdefault(sheet, {})[code] = count
    return found


def _require_reconciled(sheets: tuple[SheetCounts, ...]) -> None:
    broken = [f"{counts.sheet}: {fault}" for counts in sheets for fault in violations(counts)]
    if broken:
        raise ReconciliationFailed(f"The run does not reconcile and is not published: {'; '.join(broken)}.")

"""A whole new snapshot inside the caller's transaction: everything but the attaching and the pointer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.features.document import build as build_document
from app.ingestion.comparison import difference
from app.ingestion.data_quality import count_issues
from app.ingestion.errors import ReconciliationFailed, ShrinkRefused
from app.ingestion.extraction import Extracted, extract_sheet
from app.ingestion.facts import record_facts
from app.ingestion.gates import judge_run, summaries
from app.ingestion.partitions import create_partitions, fill_statement, index_partition, reference_partitions
from app.ingestion.plant import Live
from app.ingestion.reconciliation import SHRINK_TOLERANCE_PERCENT, SheetCounts, shrunken, violations
from app.ingestion.rejection import reject_rows
from app.ingestion.relationships import Measured, measure_relationships
from app.ingestion.request import Request, Stopwatch, require_unchanged
from app.ingestion.run_record import record_sheets
from app.ingestion.staging import analyse_staging, create_staging, drop_staging
from app.ingestion.tables import RunTables
from app.workbook.checking import check_contract
from app.workbook.contract import SHEETS
from app.workbook.reading import open_workbook


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A built and validated snapshot, not yet visible to anybody."""

    extracted: tuple[Extracted, ...]
    sheets: tuple[SheetCounts, ...]
    measured: tuple[Measured, ...]
    gates: tuple[dict[str, Any], ...]
    gates_document: Mapping[str, Any]
    data_quality: tuple[dict[str, Any], ...]


def build_snapshot(
    connection: sa.Connection, request: Request, tables: RunTables, live: Live | None, watch: Stopwatch
) -> Snapshot:
    """Extract, load, merge and validate.

    Raises WorkbookRefused, ShrinkRefused, ReconciliationFailed, and IngestionFailed when the file changes meanwhile.
    """
    extracted = _stage(connection, request, tables, watch)
    loaded = {sheet.name: _count(connection, tables.staging(sheet)) for sheet in SHEETS}
    measured = _merge(connection, request, tables, watch)
    with watch.phase("validate"):
        request.progress("validate", 0, len(SHEETS))
        sheets = _counted(connection, request, tables, live, extracted, loaded)
        _require_reconciled(sheets, request.allow_shrink)
        record_sheets(connection, tables.run_id, sheets)
        as_of = record_facts(connection, tables)
        issues = count_issues(connection, tables, as_of, extracted)
        rates = {item.relationship.name: item.rate for item in measured}
        judgements = judge_run(connection, tables.run_id, rates)
        document = build_document(
            run_id=tables.run_id, plant=request.plant, excel_sha256=request.identity.sha256, judgements=judgements
        )
    return Snapshot(extracted, sheets, measured, summaries(judgements), document, issues)


def _stage(connection: sa.Connection, request: Request, tables: RunTables, watch: Stopwatch) -> tuple[Extracted, ...]:
    extracted: list[Extracted] = []
    rows_before = 0

    def tell(rows: int) -> None:
        request.progress("extract", rows_before + rows, None)

    tell(0)
    with watch.phase("load"):
        create_staging(connection, tables, request.roles)
    with open_workbook(request.workbook, max_expanded_mb=request.max_expanded_mb) as workbook:
        with watch.phase("extract"):
            check_contract(workbook)
        for place, sheet in enumerate(SHEETS, start=1):
            one = extract_sheet(connection, workbook, sheet, tables, tell)
            rows_before += one.rows
            extracted.append(one)
            watch.add("extract", one.extract_s)
            watch.add("load", one.load_s)
            request.progress("load", place, len(SHEETS))
    require_unchanged(request.workbook, request.identity)
    with watch.phase("load"):
        analyse_staging(connection, tables, request.roles)
    return tuple(extracted)


def _merge(connection: sa.Connection, request: Request, tables: RunTables, watch: Stopwatch) -> tuple[Measured, ...]:
    with watch.phase("merge"):
        request.progress("merge", 0, len(SHEETS))
        reject_rows(connection, tables)
    with watch.phase("match rates"):
        measured = tuple(measure_relationships(connection, tables))
    with watch.phase("merge"):
        create_partitions(connection, tables, request.roles)
        for sheet in SHEETS:
            connection.exec_driver_sql(fill_statement(sheet, tables))
    with watch.phase("index"):
        drop_staging(connection, tables, request.roles)
        for place, sheet in enumerate(SHEETS, start=1):
            index_partition(connection, sheet, tables, request.roles)
            request.progress("merge", place, len(SHEETS))
        reference_partitions(connection, tables, request.roles)
    return measured


def _counted(
    connection: sa.Connection,
    request: Request,
    tables: RunTables,
    live: Live | None,
    extracted: tuple[Extracted, ...],
    loaded: Mapping[str, int],
) -> tuple[SheetCounts, ...]:
    rejected = _rejects(connection, tables.run_id)
    counts = []
    for place, (sheet, one) in enumerate(zip(SHEETS, extracted, strict=True), start=1):
        merged = _count(connection, tables.partition(sheet))
        reasons = rejected.get(sheet.name, {})
        compared = difference(connection, sheet, tables, live.run_id if live else None, merged)
        counts.append(
            SheetCounts(
                sheet=sheet.name,
                rows_extracted=one.rows,
                rows_loaded=loaded[sheet.name],
                rows_merged=merged,
                rows_rejected=sum(reasons.values()),
                inserted=compared.inserted,
                updated=compared.updated,
                unchanged=compared.unchanged,
                deleted=compared.deleted,
                live_rows=compared.live_rows,
                rejects_by_reason=reasons,
            )
        )
        request.progress("validate", place, len(SHEETS))
    return tuple(counts)


def _count(connection: sa.Connection, table: str) -> int:
    count: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
    return count


def _rejects(connection: sa.Connection, run_id: int) -> dict[str, dict[str, int]]:
    rows = connection.execute(
        sa.text(
            "SELECT sheet, code, count(*) FROM audit.rejected_rows WHERE run_id = :run_id"
            " GROUP BY sheet, code ORDER BY sheet, code"
        ),
        {"run_id": run_id},
    )
    found: dict[str, dict[str, int]] = {}
    for sheet, code, count in rows:
        found.setdefault(sheet, {})[code] = count
    return found


def _require_reconciled(sheets: tuple[SheetCounts, ...], allow_shrink: bool) -> None:
    broken = [f"{counts.sheet}: {fault}" for counts in sheets for fault in violations(counts)]
    if broken:
        raise ReconciliationFailed(f"The run does not reconcile and is not published: {'; '.join(broken)}.")
    losing = [] if allow_shrink else shrunken(sheets)
    if losing:
        lost = "; ".join(f"{counts.sheet} would lose {counts.deleted} of {counts.live_rows} keys" for counts in losing)
        raise ShrinkRefused(
            f"More than {SHRINK_TOLERANCE_PERCENT} % of a live table would disappear: {lost}."
            " Check that the export is complete, or pass --allow-shrink if it is meant."
        )

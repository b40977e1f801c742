"""The report of a run that reconciled, as the audit schema keeps it; it outlives the run's snapshot."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

SHEETS = sa.text(
    "SELECT sheet, rows_extracted, rows_loaded, rows_merged, rows_rejected, inserted, updated, unchanged, deleted,"
    " rejects_by_reason FROM audit.ingestion_sheets WHERE run_id = :run_id ORDER BY sheet"
)
GATES = sa.text(
    "SELECT gate, status, relationship, denominator AS over, matched, referencing, match_rate"
    " FROM audit.feature_gates WHERE run_id = :run_id ORDER BY gate"
)
ISSUES = sa.text(
    "SELECT sheet, code, row_count AS rows, detail FROM audit.data_quality_issues WHERE run_id = :run_id"
    " ORDER BY sheet, code"
)
RELATIONSHIPS = sa.text(
    "SELECT relationship, rows_referencing, rows_matched, distinct_referencing, distinct_matched"
    " FROM audit.relationships WHERE run_id = :run_id ORDER BY relationship"
)
SECONDS_BY_STEP = sa.text("SELECT coalesce(phases_s, '{}') FROM audit.ingestion_runs WHERE run_id = :run_id")


class Part(BaseModel):
    """Base of the report's parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SheetReport(Part):
    """One sheet: extracted = loaded = merged + rejected, and merged = inserted + updated + unchanged. Unit: rows."""

    sheet: str
    rows_extracted: int
    rows_loaded: int
    rows_merged: int
    rows_rejected: int
    inserted: int
    updated: int
    unchanged: int
    deleted: int = Field(description="keys of the live run before that this one lacks")
    rejects_by_reason: dict[str, int]


class GateReport(Part):
    """One gate as this run's data were judged."""

    gate: str
    status: str
    relationship: str
    over: str
    matched: int
    referencing: int
    match_rate: float | None


class IssueReport(Part):
    """Rows that were kept although they are odd."""

    sheet: str
    code: str
    rows: int
    detail: str


class RelationshipReport(Part):
    """Match counts over all loaded rows before any was refused."""

    relationship: str
    rows_referencing: int
    rows_matched: int
    distinct_referencing: int
    distinct_matched: int


class RunReport(Part):
    """Counts, refusals, data-quality issues and gates of a run."""

    run_id: int
    sheets: list[SheetReport]
    feature_gates: list[GateReport]
    data_quality_issues: list[IssueReport]
    relationships: list[RelationshipReport]
    phases_s: dict[str, float] = Field(description="duration of each phase in seconds; they overlap")


def run_report(connection: sa.Connection, run_id: int) -> RunReport | None:
    """The report; None for a run that never reconciled."""

    def rows(statement: sa.TextClause) -> list[dict[str, object]]:
        return [dict(row) for row in connection.execute(statement, {"run_id": run_id}).mappings()]

    sheets = rows(SHEETS)
    if not sheets:
        return None
    return RunReport.model_validate(
        {
            "run_id": run_id,
            "sheets": sheets,
            "feature_gates": rows(GATES),
            "data_quality_issues": rows(ISSUES),
            "relationships": rows(RELATIONSHIPS),
            "phases_s": connection.execute(SECONDS_BY_STEP, {"run_id": run_id}).scalar_one(),
        }
    )

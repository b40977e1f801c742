"""The report of a reconciled run, read from the audit schema; available after the run's snapshot is dropped."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from app.database.schema.audit import (
    data_quality_issues,
    feature_gates,
    ingestion_runs,
    ingestion_sheets,
    relationships,
)


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
    phases_s: dict[str, float] = Field(description="duration of each ingestion step in seconds; they overlap")


def run_report(connection: sa.Connection, run_id: int) -> RunReport | None:
    """The report; None for a run that never reconciled."""

    def rows(table: sa.Table, model: type[Part], **columns: str) -> list[dict[str, object]]:
        """The fields of the model, in the order of the table's key. columns: by field, where the names differ."""
        wanted = (table.c[columns.get(field, field)].label(field) for field in model.model_fields)
        found = connection.execute(sa.select(*wanted).where(table.c.run_id == run_id).order_by(*table.primary_key))
        return [dict(row) for row in found.mappings()]

    sheets = rows(ingestion_sheets, SheetReport)
    if not sheets:
        return None
    phases_s = sa.select(ingestion_runs.c.phases_s).where(ingestion_runs.c.run_id == run_id)
    return RunReport.model_validate(
        {
            "run_id": run_id,
            "sheets": sheets,
            "feature_gates": rows(feature_gates, GateReport, over="denominator"),
            "data_quality_issues": rows(data_quality_issues, IssueReport, rows="row_count"),
            "relationships": rows(relationships, RelationshipReport),
            "phases_s": connection.execute(phases_s).scalar_one() or {},
        }
    )

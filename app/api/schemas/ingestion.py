"""Ingestions: runs and their reports."""

from __future__ import annotations

from pydantic import BaseModel, Field

from app.ingestion.reports.run_report import RunReport
from app.ingestion.runs.run_history import IngestionRun


class RunsAnswer(BaseModel):
    """Runs of the plant, newest number first."""

    plant: str
    runs: list[IngestionRun]
    next_before: int | None = Field(description="`before` of the next page; null: this was the last")


class ReportAnswer(RunReport):
    """The counts, refused rows, oddities and judgements of a reconciled run."""

    plant: str

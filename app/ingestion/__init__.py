"""Workbooks into immutable snapshots: one run, one transaction, one pointer."""

from app.ingestion.comparison import checksums
from app.ingestion.errors import (
    IngestionBusy,
    IngestionError,
    IngestionFailed,
    ReconciliationFailed,
    ShrinkRefused,
    UnknownRun,
)
from app.ingestion.gates import export_gates
from app.ingestion.pipeline import ingest
from app.ingestion.publication import publish
from app.ingestion.result import IngestionResult, Published, Retained
from app.ingestion.retention import retain

__all__ = [
    "IngestionBusy",
    "IngestionError",
    "IngestionFailed",
    "IngestionResult",
    "Published",
    "ReconciliationFailed",
    "Retained",
    "ShrinkRefused",
    "UnknownRun",
    "checksums",
    "export_gates",
    "ingest",
    "publish",
    "retain",
]

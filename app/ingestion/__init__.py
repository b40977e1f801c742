"""Workbooks into immutable snapshots: one run, one transaction, one pointer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    "IngestionResult": "result",
    "Published": "result",
    "Retained": "result",
    "checksums": "comparison",
    "export_gates": "gates",
    "ingest": "pipeline",
    "publish": "publication",
    "retain": "retention",
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: a reading process needs nothing that talks to a database."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)

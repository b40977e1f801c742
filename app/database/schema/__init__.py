"""The schema as metadata: the wanted state of head. Tables are made by migrations only; the gate compares the two."""

from app.database.schema import (
    aggregates,
    alerts,
    audit,
    core,
    plant_operations,
    publication,
    queue,
    scenarios,
    staging,
    worker_beats,
)
from app.database.schema.base import metadata

__all__ = [
    "SCHEMAS",
    "SNAPSHOT_TABLES",
    "aggregates",
    "alerts",
    "audit",
    "core",
    "metadata",
    "plant_operations",
    "publication",
    "queue",
    "scenarios",
    "staging",
    "worker_beats",
]

SCHEMAS = ("audit", "core", queue.SCHEMA, "staging")
"""The backend's own schemas; owners, privileges and drift are derived from this list.

Objects in these schemas outside the metadata (a library's tables, types, functions, triggers) are compared with head
from zero.
"""

SNAPSHOT_TABLES = tuple(
    table.name for table in metadata.sorted_tables if table.dialect_options["postgresql"]["partition_by"]
)
"""Core's partitioned tables: every run has a partition of each."""

"""The schema as metadata: what head must be. Tables are made by migrations only; the gate compares the two."""

from app.database.schema import aggregates, audit, core, publication, queue, staging
from app.database.schema.base import metadata

__all__ = ["SCHEMAS", "SNAPSHOT_TABLES", "aggregates", "audit", "core", "metadata", "publication", "queue", "staging"]

SCHEMAS = ("audit", "core", queue.SCHEMA, "staging")
"""Every schema of ours, and nothing else names them all: owners, privileges and drift follow. What a schema of this
list holds beside the metadata (a library's own tables, types, functions, triggers) is compared with head from zero."""

SNAPSHOT_TABLES = tuple(
    table.name for table in metadata.sorted_tables if table.dialect_options["postgresql"]["partition_by"]
)
"""Core's partitioned parents: every run has a partition of each."""

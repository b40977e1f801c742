"""Rows and partitions that the database holds of each run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.database.schema import SNAPSHOT_TABLES
from tests.acceptance.support.backend import Backend


def rows_by_run(backend: Backend) -> dict[int, dict[str, int]]:
    """Rows of each core table by run, read through the parents; every partition must hold its own run alone."""
    found: dict[int, dict[str, int]] = {}
    for table in SNAPSHOT_TABLES:
        for run_id, partition, rows in backend.rows(
            f"SELECT run_id, tableoid::regclass::text, count(*) FROM core.{table} GROUP BY 1, 2"
        ):
            assert partition.endswith(f"{table}_r{run_id}"), f"{partition} holds rows of run {run_id}"
            found.setdefault(run_id, {})[table] = rows
    return found


def table_of(rows: dict[int, dict[str, int]]) -> list[list[Any]]:
    """The rows by run as lines of an evidence table: one for each core table."""
    return [[table, *(by_table.get(table, 0) for by_table in rows.values())] for table in SNAPSHOT_TABLES]


def partitions(backend: Backend) -> list[str]:
    """Names of the tables in core that are named as a partition of a run, attached or not."""
    rows = backend.rows(
        "SELECT relname FROM pg_class"
        " WHERE relnamespace = 'core'::regnamespace AND relkind = 'r' AND relname ~ '_r[0-9]+$'"
    )
    return sorted(name for (name,) in rows)


def partitions_of(runs: Iterable[int]) -> list[str]:
    """The partitions that these runs must have: one of each core table."""
    return sorted(f"{table}_r{run_id}" for table in SNAPSHOT_TABLES for run_id in runs)

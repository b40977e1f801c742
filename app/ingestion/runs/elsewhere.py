"""Reads and records a run's end over a new connection, after the run's own was lost."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.engine import connected
from app.ingestion.runs.plant import Live, live_snapshot
from app.ingestion.runs.run_record import fail_runs


def live_elsewhere(url: sa.URL | str, roles: Roles, plant: str) -> Live | None:
    """The plant's live run, read over a new connection."""
    with connected(url, role=roles.ingest, poolclass=sa.NullPool) as connection:
        return live_snapshot(connection, plant)


def fail_elsewhere(url: sa.URL | str, roles: Roles, run_id: int, status: str, reason: str) -> None:
    """End a run's record as FAILED or REFUSED, over a new connection."""
    with connected(url, role=roles.ingest, poolclass=sa.NullPool) as connection:
        fail_runs(connection, [run_id], status, reason)

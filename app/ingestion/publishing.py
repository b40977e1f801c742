"""Publishes an existing snapshot: a rollback, or any other move of the pointer."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.features.gates_document import write
from app.ingestion.errors import UnknownRun
from app.ingestion.requests.request_queue import require_request_not_ended
from app.ingestion.run_result import Published
from app.ingestion.runs.plant import live_snapshot, point_at, working_on
from app.ingestion.runs.retention import snapshots
from app.ingestion.runs.run_gates import stored_document


def publish(
    url: sa.URL | str,
    run_id: int,
    *,
    roles: Roles,
    plant: str = "main",
    gates_file: Path | None = None,
    request_id: int | None = None,
) -> Published:
    """Make an earlier run live again: one row changes, no data does; its FEATURE_GATES.json follows at once.

    request_id: of the request that asks for it. Raises UnknownRun when the plant has no whole snapshot of that number,
    IngestionBusy while it is worked on, IngestionFailed when the request has ended.
    """
    with working_on(url, plant, roles) as connection:
        if request_id is not None:
            require_request_not_ended(connection, request_id)
        before = live_snapshot(connection, plant)
        whole = [one.run_id for one in snapshots(connection, plant) if one.whole]
        if run_id not in whole:
            there = ", ".join(map(str, whole)) or "none"
            raise UnknownRun(f"Run {run_id} is no snapshot of plant {plant!r}; there are: {there}.")
        document = stored_document(connection, run_id)
        point_at(connection, plant, run_id)
        now = live_snapshot(connection, plant)
        connection.commit()
        if gates_file is not None:
            write(gates_file, document)
    return Published(
        plant,
        run_id,
        before.run_id if before else None,
        document["excel_sha256"],
        as_of=now.as_of if now else None,
        previous_as_of=before.as_of if before else None,
    )

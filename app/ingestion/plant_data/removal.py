"""Removes a plant's whole data: its live pointer first, then its snapshots, then every record but that of this.

Repeating it goes on where an earlier one broke off.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.schema.audit import ingestion_requests as requests
from app.database.schema.audit import ingestion_runs
from app.database.schema.plant_operations import REMOVAL, plant_operations
from app.database.schema.publication import current_snapshot as pointer
from app.database.schema.queue import SCHEMA
from app.ingestion.plant_data.plant_tables import Extent, plant_tables, rows_of_plant
from app.ingestion.plant_data.recording import PlantRead, begin, end, require_idle
from app.ingestion.requests.inbox import UPLOAD, Inbox, NoSuchExport
from app.ingestion.runs.plant import working_on
from app.ingestion.runs.retention import drop_snapshot, readers_of_snapshots, snapshots
from app.ingestion.tables.partitions import as_owner

KEPT = f"{plant_operations.schema}.{plant_operations.name}"
"""The record of exports and removals, which outlives the plant."""


@dataclass(frozen=True, slots=True)
class Removed:
    """Outcome of a removal. rows: by table. others: plants that have runs in the same database."""

    plant: str
    snapshots: int
    rows: dict[str, int]
    uploads: int
    others: tuple[str, ...]


def remove_plant(url: sa.URL, *, roles: Roles, plant: str, requested_by: str, inbox: Inbox) -> Removed:
    """Remove the plant's data and uploads, and record that. The database itself and other plants' rows stay.

    Raises IngestionBusy and PlantBusy while something works on the plant, PlantRead while its snapshots are read.
    """
    with working_on(url, plant, roles) as connection:
        require_idle(connection, plant)
        connection.rollback()
        operation = begin(connection, plant, REMOVAL, requested_by)
        extent = Extent.of(connection, plant)
        rows = rows_of_plant(connection, extent)
        uploads = connection.execute(
            sa.select(requests.c.file).where(requests.c.plant == plant, requests.c.source == UPLOAD)
        ).scalars()
        files = list(uploads)
        with as_owner(connection, roles):
            connection.execute(pointer.delete().where(pointer.c.plant == plant))
        connection.commit()
        dropped = _drop_snapshots(connection, plant, roles)
        for file in files:
            with suppress(NoSuchExport):  # a name that no upload can have
                inbox.discard(UPLOAD, file)
        _remove_records(connection, extent, roles)
        del rows[KEPT]
        end(connection, operation, {"snapshots": dropped, "uploads": len(files), "rows": rows})
        others = connection.execute(sa.select(ingestion_runs.c.plant).distinct().order_by(ingestion_runs.c.plant))
        removed = Removed(plant, dropped, rows, len(files), tuple(others.scalars()))
        connection.commit()
    return removed


def _drop_snapshots(connection: sa.Connection, plant: str, roles: Roles) -> int:
    found = snapshots(connection, plant)
    connection.rollback()
    for snapshot in found:
        if not drop_snapshot(connection, snapshot, roles):
            readers = ", ".join(readers_of_snapshots(connection)) or "a session"
            connection.rollback()
            raise PlantRead(
                f"Snapshots of plant {plant!r} are being read ({readers}): it has no live run any more, and the rest "
                "is there still. End that, and repeat the command."
            )
    return len(found)


def _remove_records(connection: sa.Connection, extent: Extent, roles: Roles) -> None:
    """Delete the plant's rows, those that refer to others first. The caller commits."""
    # The triggers of the queue's library name its objects without a schema.
    connection.exec_driver_sql(f"SET LOCAL search_path = {SCHEMA}, public")
    with as_owner(connection, roles):
        for table in reversed(plant_tables()):
            if not table.is_partitioned and table.name != KEPT:
                connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE {extent.condition(table)}")

"""The record of an export or a removal, the refusal while a plant is busy, and the errors of both."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.database.schema.audit import ingestion_requests as requests
from app.database.schema.plant_operations import plant_operations as operations
from app.database.schema.queue import SCHEMA, alerts_queue_of, queue_of
from app.ingestion.errors import IngestionError

jobs = sa.table("procrastinate_jobs", sa.column("queue_name"), sa.column("status"), schema=SCHEMA)


class PlantBusy(IngestionError):
    """A worker has, or will have, something to do for the plant, so its data is neither exported nor removed."""

    code = "PLANT_BUSY"


class PlantRead(IngestionError):
    """Snapshots of the plant are being read, so they could not be removed yet."""

    code = "PLANT_READ"


class ExportFailed(IngestionError):
    """The file of an export cannot be written; none is left behind."""

    code = "EXPORT_FAILED"


def require_idle(connection: sa.Connection, plant: str) -> None:
    """Raise PlantBusy while requests of the plant wait or run, or a job of its queues is being done."""
    waiting = connection.execute(
        sa.select(sa.func.count()).where(requests.c.plant == plant, requests.c.ended_as.is_(None))
    ).scalar_one()
    doing = connection.execute(
        sa.select(sa.func.count()).where(
            jobs.c.queue_name.in_([queue_of(plant), alerts_queue_of(plant)]),
            sa.cast(jobs.c.status, sa.Text) == "doing",
        )
    ).scalar_one()
    if waiting or doing:
        raise PlantBusy(
            f"Plant {plant!r} is busy: {waiting} requests wait or run, {doing} jobs are being done. "
            "Let its worker end them, or start one, and try again."
        )


def who() -> str:
    """The account that runs this command, for the record."""
    try:
        return f"cli {getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name, as in a container
        return "cli"


def begin(connection: sa.Connection, plant: str, operation: str, requested_by: str) -> int:
    """Record that the operation begins, and commit, so that one that breaks off is on record too."""
    values = {"plant": plant, "operation": operation, "requested_by": requested_by}
    number: int = connection.execute(
        operations.insert().values(values).returning(operations.c.operation_id)
    ).scalar_one()
    connection.commit()
    return number


def end(connection: sa.Connection, operation_id: int, outcome: Mapping[str, Any]) -> None:
    """Record the end. The caller commits."""
    ended = {"ended_at": sa.func.clock_timestamp(), "outcome": dict(outcome)}
    connection.execute(operations.update().where(operations.c.operation_id == operation_id).values(ended))

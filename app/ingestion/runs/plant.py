"""A plant: its lock, so that one process at a time works on it, and its live run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg2.errors
import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.engine import open_engine
from app.ingestion.errors import IngestionBusy, SampleRefused

LOCK_CLASS = 0x50524F44
"""First half of the advisory lock's key ("PROD"); the second half is the hash of the plant's name."""

GRACE_MS = 500
"""Time limit of waiting for the lock: long enough for the server to notice that a killed holder has gone."""


@dataclass(frozen=True, slots=True)
class Live:
    """The live snapshot of a plant. as_of: its latest event, factory-local; None when it has no event."""

    run_id: int
    excel_sha256: str
    as_of: dt.datetime | None = None


@contextmanager
def working_on(url: sa.URL | str, plant: str, roles: Roles) -> Iterator[sa.Connection]:
    """A connection as the ingestion role that holds the plant's lock; raises IngestionBusy when it is held already.

    The lock belongs to the session, so it ends with the process.
    """
    with open_engine(url, role=roles.ingest, poolclass=sa.NullPool) as engine, engine.connect() as connection:
        _notice_a_dead_client(connection)
        _lock(connection, plant)
        yield connection


def _notice_a_dead_client(connection: sa.Connection) -> None:
    """Let the server check every 100 ms, also during a long statement, that this process lives.

    A server on a platform without that check notices the end of this process only when the statement ends.
    """
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("SET client_connection_check_interval = '100ms'")
    except sa.exc.DBAPIError as error:
        if not isinstance(error.orig, psycopg2.errors.InvalidParameterValue):
            raise


def _lock(connection: sa.Connection, plant: str) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{GRACE_MS}ms'")
    try:
        connection.execute(
            sa.text("SELECT pg_advisory_lock(:class, hashtext(:plant))"), {"class": LOCK_CLASS, "plant": plant}
        )
    except sa.exc.OperationalError as error:
        if not isinstance(error.orig, psycopg2.errors.LockNotAvailable):
            raise
        raise IngestionBusy(
            f"Another ingestion, publication or retention of plant {plant!r} is at work; try again when it has ended."
        ) from error
    connection.commit()


def release_plant(connection: sa.Connection, plant: str) -> None:
    """Release the plant's lock before the connection ends. The caller is in no transaction."""
    connection.execute(
        sa.text("SELECT pg_advisory_unlock(:class, hashtext(:plant))"), {"class": LOCK_CLASS, "plant": plant}
    )
    connection.rollback()


def live_snapshot(connection: sa.Connection, plant: str) -> Live | None:
    """The plant's live run, None when nothing was ever published."""
    row = connection.execute(
        sa.text(
            "SELECT s.run_id, r.excel_sha256, f.as_of FROM core.current_snapshot AS s JOIN audit.ingestion_runs AS r"
            " USING (run_id) LEFT JOIN core.snapshot_facts AS f USING (run_id) WHERE s.plant = :plant"
        ),
        {"plant": plant},
    ).one_or_none()
    return Live(row.run_id, row.excel_sha256, row.as_of) if row else None


def point_at(connection: sa.Connection, plant: str, run_id: int) -> None:
    """Make the run live: one row. The caller commits."""
    connection.execute(
        sa.text(
            "INSERT INTO core.current_snapshot (plant, run_id, published_at)"
            " VALUES (:plant, :run_id, clock_timestamp())"
            " ON CONFLICT (plant) DO UPDATE SET run_id = excluded.run_id, published_at = excluded.published_at"
        ),
        {"plant": plant, "run_id": run_id},
    )


def require_no_other_workbook(url: sa.URL | str, plant: str, roles: Roles, name: str) -> None:
    """Raises SampleRefused when the plant's live run is of a workbook with another name."""
    with working_on(url, plant, roles) as connection:
        live = connection.execute(
            sa.text(
                "SELECT r.run_id, r.workbook_name FROM core.current_snapshot AS s JOIN audit.ingestion_runs AS r"
                " USING (run_id) WHERE s.plant = :plant"
            ),
            {"plant": plant},
        ).one_or_none()
    if live is not None and live.workbook_name != name:
        raise SampleRefused(
            f"No workbook was named, and no sample is ingested over run {live.run_id} of {live.workbook_name}: "
            "name the workbook, set PRODPLAN_WORKBOOK, or put it into data/."
        )

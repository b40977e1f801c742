"""A plant: its lock, so that one process at a time works on it, and its live run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg2.errors
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.database.access.roles import Roles
from app.database.engine import open_engine
from app.database.schema.audit import ingestion_runs as runs
from app.database.schema.publication import current_snapshot as pointer
from app.database.schema.publication import snapshot_facts as facts
from app.ingestion.errors import IngestionBusy, SampleRefused
from app.ingestion.runs.published_figures import keep_figures

LOCK_CLASS = 0x50524F44
"""First half of the advisory lock's key ("PROD"); the second half is the hash of the plant's name."""

GRACE_MS = 500
"""Time limit of waiting for the lock: long enough for the server to notice that a killed holder has gone."""

LIVE = pointer.join(runs, runs.c.run_id == pointer.c.run_id)
"""Each plant's pointer with the record of its live run."""


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


def lock_key(plant: str) -> tuple[int, sa.ColumnElement[int]]:
    """The two halves of the advisory lock's key, as arguments of PostgreSQL's lock functions."""
    return LOCK_CLASS, sa.func.hashtext(plant)


def _lock(connection: sa.Connection, plant: str) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{GRACE_MS}ms'")
    try:
        connection.execute(sa.select(sa.func.pg_advisory_lock(*lock_key(plant))))
    except sa.exc.OperationalError as error:
        if not isinstance(error.orig, psycopg2.errors.LockNotAvailable):
            raise
        raise IngestionBusy(
            f"Another ingestion, publication or retention of plant {plant!r} is at work; try again when it has ended."
        ) from error
    connection.commit()


def release_plant(connection: sa.Connection, plant: str) -> None:
    """Release the plant's lock before the connection ends. The caller is in no transaction."""
    connection.execute(sa.select(sa.func.pg_advisory_unlock(*lock_key(plant))))
    connection.rollback()


def live_snapshot(connection: sa.Connection, plant: str) -> Live | None:
    """The plant's live run, None when nothing was ever published."""
    known = LIVE.outerjoin(facts, facts.c.run_id == pointer.c.run_id)
    wanted = sa.select(pointer.c.run_id, runs.c.excel_sha256, facts.c.as_of).select_from(known)
    row = connection.execute(wanted.where(pointer.c.plant == plant)).one_or_none()
    return Live(row.run_id, row.excel_sha256, row.as_of) if row else None


def point_at(connection: sa.Connection, plant: str, run_id: int) -> None:
    """Make the run live: one row, and another with its key figures the first time. The caller commits."""
    keep_figures(connection, run_id)
    first = insert(pointer).values(plant=plant, run_id=run_id, published_at=sa.func.clock_timestamp())
    moved = {"run_id": first.excluded.run_id, "published_at": first.excluded.published_at}
    connection.execute(first.on_conflict_do_update(index_elements=[pointer.c.plant], set_=moved))


def require_no_other_workbook(url: sa.URL | str, plant: str, roles: Roles, name: str) -> None:
    """Raise SampleRefused if the plant's live run is of a workbook with another name."""
    wanted = sa.select(runs.c.run_id, runs.c.workbook_name).select_from(LIVE).where(pointer.c.plant == plant)
    with working_on(url, plant, roles) as connection:
        live = connection.execute(wanted).one_or_none()
    if live is not None and live.workbook_name != name:
        raise SampleRefused(
            f"No workbook was named, and no sample is ingested over run {live.run_id} of {live.workbook_name}: "
            "name the workbook, set PRODPLAN_WORKBOOK, or put it into data/."
        )

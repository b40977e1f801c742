"""Drops old snapshots, whole runs at a time, without blocking readers.

Locks, as measured (docs/ingestion.md): a plain DETACH needs ACCESS EXCLUSIVE on the parent and queues every reader
behind the longest transaction. DETACH CONCURRENTLY does not, but runs outside a transaction, waits for all users of the
parent, and may leave a partition pending. A table has at most one pending partition, so each retention finalises the
one that it finds, of any plant; if that fails, it tries a plain DETACH with a timeout too short for readers to notice.
The referencing table is detached and dropped before the referenced one, because dropping the referenced one first
would lock the other as well. A server that refuses CONCURRENTLY, as Citus does for its tables, gets the plain DETACH.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2.errors
import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.run_tables import snapshots_in_database
from app.database.schema.publication import snapshot_facts
from app.ingestion.run_result import PUBLISHED, Retained
from app.ingestion.runs.plant import live_snapshot, working_on
from app.ingestion.tables.names import partition_name
from app.ingestion.tables.order import REFERENCED_FIRST

LOCK_TIMEOUT_MS = 500
PLAIN_LOCK_TIMEOUT_MS = 50
"""Lock timeout of a plain DETACH: while it waits, every later reader of the table waits too."""
ATTEMPTS = 2

TABLES: tuple[str, ...] = tuple(reversed(REFERENCED_FIRST))
"""Core tables in the order in which they are dropped: referencing ones first."""

_TABLES_OF_RUNS = sa.text(
    "SELECT r.run_id, r.status, c.relname, i.inhrelid IS NOT NULL AS attached,"
    " coalesce(i.inhdetachpending, false) AS pending"
    " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid"
    " JOIN audit.ingestion_runs AS r ON r.run_id = CAST(substring(c.relname FROM '_r([0-9]{1,18})$') AS bigint)"
    " WHERE n.nspname = 'core' AND c.relkind = 'r' AND r.plant = :plant"
    " AND regexp_replace(c.relname, '_r[0-9]+$', '') = ANY(:tables)"
)

_READERS = sa.text(
    "SELECT DISTINCT coalesce('an ingestion of plant ' || r.plant,"
    " 'a session of ' || coalesce(nullif(a.application_name, ''), 'another program')) AS reader"
    " FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " JOIN pg_stat_activity AS a ON a.pid = l.pid"
    " LEFT JOIN audit.ingestion_runs AS r ON r.backend_pid = l.pid AND r.status = 'RUNNING'"
    " WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.granted"
    " AND l.pid <> pg_backend_pid() AND n.nspname = 'core'"
    " AND regexp_replace(c.relname, '_r[0-9]+$', '') = ANY(:tables)"
    " ORDER BY reader"
)
_PENDING_OF_PARENT = (
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass AND inhdetachpending"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Names of one run's tables in core. pending: half-detached partitions. loose: tables that are no partitions."""

    run_id: int
    status: str
    attached: frozenset[str]
    pending: frozenset[str]
    loose: frozenset[str]

    @property
    def whole(self) -> bool:
        """True if it was published and has an attached partition of every core table."""
        return self.status == PUBLISHED and len(self.attached) == len(TABLES)


def snapshots(connection: sa.Connection, plant: str) -> list[Snapshot]:
    """The plant's runs that have tables in core, oldest first."""
    found: dict[tuple[int, str], dict[str, set[str]]] = {}
    for row in connection.execute(_TABLES_OF_RUNS, {"tables": list(TABLES), "plant": plant}):
        state = "pending" if row.pending else "attached" if row.attached else "loose"
        found.setdefault((row.run_id, row.status), {}).setdefault(state, set()).add(row.relname)
    return [
        Snapshot(run_id, status, *(frozenset(states.get(state, ())) for state in ("attached", "pending", "loose")))
        for (run_id, status), states in sorted(found.items())
    ]


def runs_to_keep(whole_runs: Sequence[int], live: int | None, keep: int) -> set[int]:
    """Pure: the newest `keep` runs, the live one, and the one before it (the rollback's target).

    whole_runs: runs that could be published, ascending. Raises ValueError when keep < 1.
    """
    if keep < 1:
        raise ValueError(f"at least one snapshot must be kept, not {keep}")
    kept = set(whole_runs[-keep:])
    if live is not None:
        kept.add(live)
        kept.update([run for run in whole_runs if run < live][-1:])
    return kept


def retain(url: sa.URL | str, *, roles: Roles, plant: str = "main", keep: int = 3) -> Retained:
    """Drop the plant's snapshots beyond `keep`; the live run and its predecessor always stay.

    Raises IngestionBusy while another process works on the plant. A run that is being read is postponed after a
    short wait (LOCK_TIMEOUT_MS).
    """
    with working_on(url, plant, roles) as connection:
        return retain_with(connection, roles, plant, keep)


def retain_with(connection: sa.Connection, roles: Roles, plant: str, keep: int) -> Retained:
    """Drop the snapshots as `retain` does, on a connection that holds the plant's lock outside a transaction."""
    kept, beyond = kept_and_beyond(connection, plant, keep)
    connection.rollback()
    dropped: list[int] = []
    for snapshot in beyond:
        if not drop_snapshot(connection, snapshot, roles):
            break  # a reader that blocks this one blocks the next one of the same tables as well
        dropped.append(snapshot.run_id)
    postponed = tuple(one.run_id for one in beyond if one.run_id not in dropped)
    readers = readers_of_snapshots(connection) if postponed else ()
    present = snapshots_in_database(connection)
    connection.rollback()
    return Retained(tuple(sorted(kept)), tuple(dropped), postponed, readers, present)


def kept_and_beyond(connection: sa.Connection, plant: str, keep: int) -> tuple[set[int], list[Snapshot]]:
    """The plant's runs to keep, and its snapshots beyond them, oldest first."""
    present = snapshots(connection, plant)
    live = live_snapshot(connection, plant)
    kept = runs_to_keep([one.run_id for one in present if one.whole], live.run_id if live else None, keep)
    return kept, [one for one in present if one.run_id not in kept]


def readers_of_snapshots(connection: sa.Connection) -> tuple[str, ...]:
    """The sessions that hold any snapshot's tables, such as "an ingestion of plant north"."""
    return tuple(connection.execute(_READERS, {"tables": list(TABLES)}).scalars())


def drop_snapshot(connection: sa.Connection, snapshot: Snapshot, roles: Roles) -> bool:
    """Detach, then drop, table by table; False when a lock was not granted in time."""
    detaching = []
    for table in TABLES:
        name = partition_name(table, snapshot.run_id)
        if name in snapshot.attached or name in snapshot.pending:
            manner = "FINALIZE" if name in snapshot.pending else "CONCURRENTLY"
            detaching.append(f"ALTER TABLE core.{table} DETACH PARTITION core.{name} {manner}")
    dropping = [f"DROP TABLE IF EXISTS core.{partition_name(table, snapshot.run_id)}" for table in TABLES]
    raw: Any = connection.connection.driver_connection
    raw.autocommit = True
    try:
        with raw.cursor() as cursor:
            cursor.execute(f'SET ROLE "{roles.owner}"')
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
            try:
                if not all(_attempted(cursor, statement) for statement in [*detaching, *dropping]):
                    return False
            finally:
                cursor.execute("RESET lock_timeout")
                cursor.execute(f'SET ROLE "{roles.ingest}"')
    finally:
        raw.autocommit = False
    connection.execute(snapshot_facts.delete().where(snapshot_facts.c.run_id == snapshot.run_id))
    connection.commit()
    return True


def _attempted(cursor: psycopg2.extensions.cursor, statement: str) -> bool:
    for _ in range(ATTEMPTS):
        try:
            cursor.execute(statement)
        except psycopg2.errors.LockNotAvailable:
            # A concurrent detach that timed out has left the partition pending: only FINALIZE can go on from there.
            if " CONCURRENTLY" in statement and _parted(statement)[1] in _pending(cursor, statement):
                statement = statement.replace(" CONCURRENTLY", " FINALIZE")
            continue
        except psycopg2.errors.FeatureNotSupported:
            if " CONCURRENTLY" not in statement:
                raise
            return _detached_plainly(cursor, statement)
        except psycopg2.errors.ObjectNotInPrerequisiteState:
            if not _finalised(cursor, statement):
                return _detached_plainly(cursor, statement)
            continue
        return True
    return False


def _parted(statement: str) -> tuple[str, str]:
    """The parent and the partition named in `ALTER TABLE parent DETACH PARTITION partition …`."""
    words = statement.split()
    return words[2], words[5]


def _pending(cursor: psycopg2.extensions.cursor, statement: str) -> list[str]:
    """The half-detached partition of the statement's parent; it may be another run's."""
    cursor.execute(_PENDING_OF_PARENT, (_parted(statement)[0],))
    return [partition for (partition,) in cursor.fetchall()]


def _finalised(cursor: psycopg2.extensions.cursor, statement: str) -> bool:
    """Finish a detach that another retention left pending; the retention of that run's plant drops the table."""
    try:
        for partition in _pending(cursor, statement):
            cursor.execute(f"ALTER TABLE {_parted(statement)[0]} DETACH PARTITION {partition} FINALIZE")
    except (psycopg2.errors.LockNotAvailable, psycopg2.errors.UndefinedTable):
        return False
    return True


def _detached_plainly(cursor: psycopg2.extensions.cursor, statement: str) -> bool:
    cursor.execute(f"SET lock_timeout = '{PLAIN_LOCK_TIMEOUT_MS}ms'")
    try:
        cursor.execute(statement.replace(" CONCURRENTLY", ""))
    except psycopg2.errors.LockNotAvailable:
        return False
    finally:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
    return True

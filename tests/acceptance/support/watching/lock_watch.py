"""Watches which sessions wait for a migration, for which lock and how long (check B7)."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.engine import make_engine
from app.database.revisions.migrate import ADVISORY_LOCK, upgrade
from tests.acceptance.support.loaded_release import read_as_the_api, write_as_an_ingestion
from tests.acceptance.support.watching.hammering import Hammering

LONGEST_WAIT_MS = 1_000
"""Longest time that a planner's request or an ingestion's statement may wait for a migration."""

POLL_S = 0.005
READER, WRITER = "reader", "writer"
KEY = {"key": ADVISORY_LOCK}

WAITING = sa.text("""
    WITH migration AS (
        SELECT a.pid, a.query FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :key AND l.objsubid = 1
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
    SELECT w.application_name, l.mode, coalesce(CAST(CAST(l.relation AS regclass) AS text), l.locktype) AS target,
           coalesce((SELECT string_agg(h.mode, ', ' ORDER BY h.mode) FROM pg_locks h
                     WHERE h.pid = m.pid AND h.granted AND h.relation = l.relation), 'a place before it') AS held,
           regexp_replace(btrim(m.query), '\\s+', ' ', 'g') AS statement,
           l.waitstart AS since, CAST(1000 * date_part('epoch', clock_timestamp() - l.waitstart) AS float) AS ms
    FROM pg_locks l JOIN pg_stat_activity w ON w.pid = l.pid CROSS JOIN migration m
    WHERE NOT l.granted AND l.waitstart IS NOT NULL AND m.pid = ANY (pg_blocking_pids(l.pid))
""")
"""The migration is the session that holds the advisory lock; a session that it is queued before waits as for a lock."""


@dataclass(frozen=True)
class Wait:
    """A wait of one client for one lock: who, for what, which lock the migration held, what it did most of the time."""

    client: str
    mode: str
    target: str
    held: str
    statement: str
    ms: float


class LockWatch:
    """Records the sessions that wait for a migration during the block; raises an error of its own queries after it."""

    def __init__(self, url: sa.URL) -> None:
        self.looks = 0
        self._seen: dict[tuple[Any, ...], tuple[float, Counter[str]]] = {}
        self._engine = make_engine(url, isolation_level="AUTOCOMMIT")
        self._stop, self.ended = threading.Event(), threading.Event()
        self._fault: sa.exc.SQLAlchemyError | None = None
        self._thread = threading.Thread(target=self._watch, name="lock watch", daemon=True)

    def __enter__(self) -> LockWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=60)
        self._engine.dispose()
        if self._fault is not None and error is None:
            raise self._fault

    def waits(self) -> list[Wait]:
        """The waits that were seen, longest first."""
        found = [
            Wait(client, mode, target, held, statements.most_common(1)[0][0], ms)
            for (client, mode, target, held, _), (ms, statements) in self._seen.items()
        ]
        return sorted(found, key=lambda wait: -wait.ms)

    def _watch(self) -> None:
        try:
            with self._engine.connect() as connection:
                while not self._stop.wait(POLL_S):
                    for client, mode, target, held, statement, since, ms in connection.execute(WAITING, KEY):
                        _, statements = self._seen.get((client, mode, target, held, since), (0.0, Counter()))
                        statements[statement] += 1
                        self._seen[client, mode, target, held, since] = ms, statements
                    self.looks += 1
        except sa.exc.SQLAlchemyError as error:
            self._fault = error
        finally:
            self.ended.set()


@dataclass(frozen=True)
class Observed:
    """One revision's upgrade of a loaded database: what its reader and writer did meanwhile, and their waits."""

    revision: str
    clients: dict[str, Hammering]
    waits: list[Wait]

    def longest_ms(self, client: str) -> float:
        return max((wait.ms for wait in self.waits if wait.client == client), default=0.0)

    def faults(self) -> list[str]:
        """One sentence for each wait above the limit and each refused client; empty without any."""
        long = [
            f"revision {self.revision} kept a {wait.client} waiting {wait.ms:.0f} ms (bound {LONGEST_WAIT_MS} ms) for "
            f"{wait.mode} on {wait.target}: the migration had {wait.held} on it and was at `{wait.statement[:200]}`"
            for wait in self.waits
            if wait.ms > LONGEST_WAIT_MS
        ]
        return long + [
            f"under revision {self.revision} the {name} was refused: {client.fault}"
            for name, client in self.clients.items()
            if client.fault
        ]


def upgrade_under_load(url: sa.URL, revision: str, roles: Roles) -> Observed:
    """Upgrade to `revision` while a reader and a writer hammer the database. Raises what the upgrade raises."""
    with ExitStack() as stack:
        watch = stack.enter_context(LockWatch(url))
        named = {name: {"connect_args": {"application_name": name}} for name in (READER, WRITER)}
        clients = {
            READER: Hammering(make_engine(url, role=roles.api, **named[READER]), read_as_the_api),
            WRITER: Hammering(
                make_engine(url, role=roles.ingest, **named[WRITER]),
                lambda writer: write_as_an_ingestion(writer, roles),
            ),
        }
        for client in clients.values():
            stack.enter_context(client)
        upgrade(url, revision, role=roles.owner)
    return Observed(revision, clients, watch.waits())

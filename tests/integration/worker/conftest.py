"""A database at head, an inbox, and workers as processes of their own that a test may kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.providers import Server
from app.database.scratch import scratch_database
from app.ingestion.requests.inbox import Inbox
from app.ingestion.requests.request_queue import NewRequest, request_ingestion
from app.ingestion.runs.run_history import IngestionRun, find_run
from app.workbook.opc.digest import sha256_of
from tests.integration.forked import Forked, Stem
from tests.integration.ingestion.factory import Rows, factory, save
from tests.integration.waiting import until
from tests.unpooled import unpooled

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Plant:
    """Shared by the API and its worker: a database, roles, an inbox."""

    url: sa.URL
    roles: Roles
    folder: Path

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.folder / "uploads", self.folder / "exports")

    @contextmanager
    def connection(self, role: str | None = None) -> Iterator[sa.Connection]:
        with unpooled(self.url, role).connect() as connection:
            yield connection

    def rows(self, statement: str, **params: Any) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), params)]

    def ask(self, rows: Rows | bytes, name: str = "export.xlsx", plant: str = "main", **options: Any) -> int:
        """Upload rows as a workbook (or any bytes as a file) and ask for its ingestion, as the API's role."""
        with self.inbox.receiving(name) as stored:
            if isinstance(rows, bytes):
                stored.path.write_bytes(rows)
            else:
                save(stored.path, rows)
        wanted = NewRequest(plant, stored, sha256_of(stored.path), "test", **options)
        with self.connection(self.roles.api) as connection:
            run_id = request_ingestion(connection, wanted)
            connection.commit()
        return run_id

    def run(self, run_id: int) -> IngestionRun:
        """The run as a client sees it."""
        with self.connection(self.roles.api) as connection:
            found = find_run(connection, "main", run_id)
        assert found is not None
        return found

    def live(self) -> int | None:
        rows = self.rows("SELECT run_id FROM core.current_snapshot WHERE plant = 'main'")
        return rows[0][0] if rows else None

    def uploads(self) -> list[str]:
        folder = self.folder / "uploads"
        return sorted(one.name for one in folder.rglob("*.xlsx")) if folder.is_dir() else []

    def ended(self, run_id: int) -> IngestionRun:
        """The run, once it has ended."""
        return until(lambda: self.run(run_id), lambda run: run.status not in ("QUEUED", "RUNNING"))

    @contextmanager
    def blocked(self, table: str) -> Iterator[None]:
        """Block writers of a table for the duration of the block."""
        with self.connection() as connection:
            connection.exec_driver_sql(f"LOCK TABLE {table} IN SHARE MODE")
            yield

    def held_up(self, run_id: int) -> IngestionRun:
        """The run, once it waits for the lock of `blocked`."""
        waiting = (
            "SELECT run.run_id FROM pg_locks AS held JOIN audit.ingestion_runs AS run ON run.backend_pid = held.pid"
            " WHERE NOT held.granted AND run.run_id = :run_id"
        )
        until(lambda: self.rows(waiting, run_id=run_id), bool)
        return self.run(run_id)


@pytest.fixture
def plant(server: Server, template: tuple[str, Roles], tmp_path: Path) -> Iterator[Plant]:
    name, roles = template
    with scratch_database(server.url, template=name, prefix="worker") as url:
        yield Plant(url, roles, tmp_path)


StartWorker = Callable[..., Forked]

IMPATIENT = """
import sys
from app.worker import caretaking
caretaking.HEARTBEAT_S, caretaking.DEAD_AFTER_S, caretaking.LOOK_EVERY_S = 0.5, 4.0, 0.5
from app.worker import service
service.GRACE_S = 1.0
from app.commands.cli import main
sys.argv[0] = "prodplan"
main()
"""
PATIENT = "import runpy; runpy.run_module('app', run_name='__main__', alter_sys=True)"
"""IMPATIENT: with shorter times: how long the worker waits for a dead one, and for its own job when it is stopped."""


@pytest.fixture
def start_worker(plant: Plant, stem: Stem) -> Iterator[StartWorker]:
    """Starts workers as `python3 -m app worker` does, and waits until each takes jobs; `impatient` ones if asked."""
    children: list[Forked] = []
    environment = {
        name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR", "LANG", "PRODPLAN_LANG") if name in os.environ
    } | {
        "DATABASE_URL": plant.url.render_as_string(hide_password=False),
        "ROLE_PREFIX": plant.roles.prefix,
        "UPLOAD_DIR": str(plant.folder / "uploads"),
        "EXPORT_DIR": str(plant.folder / "exports"),
    }

    def start(*, impatient: bool = False, **more: str) -> Forked:
        before = plant.rows("SELECT coalesce(max(id), 0) FROM queue.procrastinate_workers")
        child = stem.fork(IMPATIENT if impatient else PATIENT, "worker", environment=environment | more)
        children.append(child)
        until(
            lambda: (child.poll(), plant.rows("SELECT coalesce(max(id), 0) FROM queue.procrastinate_workers")),
            lambda seen: seen[0] is not None or seen[1] > before,
        )
        assert child.poll() is None, "the worker did not start"
        return child

    yield start
    for child in children:
        child.discard()


@pytest.fixture
def example() -> Rows:
    """The small factory's rows, one of them refused as a repeat."""
    rows = factory()
    rows["Funcionarios"].append(rows["Funcionarios"][0])
    return rows

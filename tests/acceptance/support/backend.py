"""One facade that drives the backend under test: clone it, ingest into it, question it, serve it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
import uvicorn

from app.api.process.server import base_url_of, listening, served
from app.config import Settings
from app.database.access.roles import Roles
from app.database.engine import make_engine
from app.database.providers import Server
from app.database.scratch import scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.publishing import publish
from app.ingestion.run_result import IngestionResult
from tests.acceptance.support.gate_key import gate_key, with_gate_key
from tests.unpooled import unpooled

ROOT = Path(__file__).resolve().parents[3]
WORKERS = 2
"""Processes that serve the API: more than one, as in production, so that no answer can rest on one process's memory."""


@dataclass(frozen=True)
class Api:
    """The served API: requests over real HTTP, with the gate's key."""

    base_url: str
    client: httpx.Client

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get(path, params=params or None)

    def json(self, path: str, **params: Any) -> Any:
        """The body of an answer that must be 200."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, f"GET {answer.url} answered {answer.status_code}: {answer.text[:300]}"
        return answer.json()


@contextmanager
def asking(base_url: str) -> Iterator[Api]:
    """A client of this API with the gate's key."""
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {gate_key()}"}, timeout=30) as client:
        yield Api(base_url, client)


@dataclass(frozen=True)
class Backend:
    """One database at head on the server under test, with the roles that use it."""

    server: Server
    url: sa.URL
    roles: Roles
    settings: Settings

    def engine(self, role: str | None = None) -> sa.Engine:
        return make_engine(self.url, role=role)

    @contextmanager
    def connection(self, role: str | None = None) -> Iterator[sa.Connection]:
        with unpooled(self.url, role).begin() as connection:
            yield connection

    def rows(self, statement: str, **params: Any) -> list[Any]:
        with self.connection() as connection:
            return list(connection.execute(sa.text(statement), params))

    def value(self, statement: str, **params: Any) -> Any:
        (row,) = self.rows(statement, **params)
        return row[0]

    def ingest(self, workbook: Path, **options: Any) -> IngestionResult:
        return ingest(self.url, workbook, roles=self.roles, options=Options(requested_by="release gate", **options))

    def publish(self, run_id: int, **options: Any) -> None:
        publish(self.url, run_id, roles=self.roles, **options)

    def live_run(self) -> int | None:
        rows = self.rows("SELECT run_id FROM core.current_snapshot WHERE plant = 'main'")
        return rows[0][0] if rows else None

    @contextmanager
    def clone(self) -> Iterator[Backend]:
        """A copy of this database, dropped when the block ends; there must be no connection to the original."""
        with scratch_database(self.server.url, template=self.url.database, prefix="gate_clone") as url:
            yield replace(self, url=url)

    @contextmanager
    def served(self, gates_file: Path | None = None) -> Iterator[Api]:
        settings = with_gate_key(self.settings.model_copy(update={"feature_gates_file": gates_file}))
        with served(settings, self.url, self.roles, workers=WORKERS) as base_url, asking(base_url) as api:
            yield api

    @contextmanager
    def served_here(self, gates_file: Path | None = None) -> Iterator[Api]:
        """Serve as `served` does, by a thread of this process: for what does not depend on the number of workers."""
        # Imported here: it takes long, and most checks that stand alone ask no API.
        from app.api.application import create_app

        settings = with_gate_key(self.settings.model_copy(update={"feature_gates_file": gates_file}))
        application = create_app(settings, database_url=self.url, roles=self.roles)
        server = uvicorn.Server(uvicorn.Config(application, log_level="critical"))
        with listening("127.0.0.1", 0) as listener:
            listener.listen()  # a request that comes before the server is ready waits instead of being refused
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="served here")
            thread.start()
            try:
                with asking(base_url_of(listener)) as api:
                    yield api
            finally:
                server.should_exit = True
                thread.join()

    def environment(self, **extra: str) -> dict[str, str]:
        """A command's environment: this database, and this process's home, temporary folder and language; PATH is
        empty, because check A5 proves that no step needs it."""
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "LANG", "PRODPLAN_LANG") if name in os.environ}
        url = self.url.render_as_string(hide_password=False)
        return kept | {"PATH": "", "DATABASE_URL": url, "ROLE_PREFIX": self.roles.prefix} | extra

    def app(self, *arguments: str | Path, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run `python3 -m app ARGUMENTS` with this interpreter, in that environment."""
        return run([sys.executable, "-m", "app", *arguments], self.environment(**extra))


def run(command: list[str | Path], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's root and keep its output; ten minutes at most."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

"""The servers that are measured, each its own and gone afterwards: a throw-away one, and one with durable settings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.config import Settings
from app.database.access.roles import roles_for
from app.database.bootstrap import bootstrap
from app.database.engine import open_engine
from app.database.persistent import local_folder, persistent_server
from app.database.providers.embedded import account_for, embedded_server
from app.database.providers.keeper import postmaster
from app.database.providers.provided_server import Server
from app.database.scratch import scratch_database
from benchmarks.ingestion_speed.client import ROLE_PREFIX
from benchmarks.ingestion_speed.processes import cpu_s

TEMPLATE = "benchmark"
PRELOADED = "pg_stat_statements"


@dataclass(frozen=True)
class Site:
    """A running server, a database at head on it to copy, its data folder and its first process."""

    server: Server
    data: Path
    postmaster: int

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The URL of an empty database at head; what earlier loads left to write is written before it is handed out."""
        with scratch_database(self.server.url, template=TEMPLATE, prefix="benchmark") as url:
            execute(self.server.url, "CHECKPOINT")
            yield url.render_as_string(hide_password=False)

    def cpu_s(self) -> float | None:
        """Processor seconds that the server has used until now; None where the system does not report them."""
        return cpu_s(self.postmaster)


@contextmanager
def throwaway_site(settings: Settings) -> Iterator[Site]:
    """The server that the gate and the tests use: in memory where there is plenty, nothing forced to disk."""
    with embedded_server(settings) as server:
        yield ready(server)


@contextmanager
def durable_site(settings: Settings, folder: Path) -> Iterator[Site]:
    """A server as `make ingest` uses, with data of its own on disk; without its data when the block ends.

    folder: where its data go, unless the server's account may not go there. Has pg_stat_statements where there is one.
    """
    settings = settings.model_copy(update={"local_dir": folder})
    try:
        with persistent_server(settings) as server:
            if rows(server.url, f"SELECT FROM pg_available_extensions WHERE name = '{PRELOADED}'"):
                execute(server.url, f"ALTER SYSTEM SET shared_preload_libraries = '{PRELOADED}'")
        with persistent_server(settings) as server:
            yield ready(server)
    finally:
        shutil.rmtree(local_folder(settings, account_for("embedded")), ignore_errors=True)


def ready(server: Server) -> Site:
    """The site of a server that has just started."""
    bootstrap(server.url, database=TEMPLATE, roles=roles_for(ROLE_PREFIX))
    data = Path(str(rows(server.url, "SHOW data_directory")[0][0]))
    pid = postmaster(data)
    if pid is None:
        raise RuntimeError(f"no server works on {data}")
    return Site(server, data, pid)


def rows(url: sa.URL | str, statement: str) -> list[tuple[object, ...]]:
    """One statement's rows."""
    with open_engine(url, isolation_level="AUTOCOMMIT") as engine, engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def execute(url: sa.URL | str, statement: str) -> None:
    """One statement that answers nothing, outside a transaction."""
    with open_engine(url, isolation_level="AUTOCOMMIT") as engine, engine.connect() as connection:
        connection.exec_driver_sql(statement)

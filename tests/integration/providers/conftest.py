"""Real child processes that hold a server, and waiting for a process's end as a fact."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from app.config import Settings
from app.database.providers.embedded import account_for
from app.database.providers.space import data_base
from tests.inherited_signals import signals_as_a_terminal_gives_them  # noqa: F401 (a fixture)
from tests.integration.forked import Stem
from tests.integration.waiting import WITHIN_S

PROGRAM = Path(__file__).with_name("holder.py")
PATIENCE_S = WITHIN_S
ROOT = Path(__file__).resolve().parents[3]


HOLDING = """
import runpy
import warnings
warnings.simplefilter("error")
runpy.run_path({program!r}, run_name="__main__")
"""


class Holder:
    """A process that holds a server until its standard input ends; it has no PATH and a session of its own."""

    def __init__(self, stem: Stem, *arguments: str, **environment: str) -> None:
        self.process = stem.fork(
            HOLDING.format(program=str(PROGRAM)),
            *arguments,
            environment={"PATH": "", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def hears(self) -> dict[str, Any]:
        """Read what the child reports about its server once it holds it."""
        assert self.process.stdout is not None
        said: dict[str, Any] = json.loads(self.process.stdout.readline() or "{}")
        return said

    def end(self) -> int:
        """Close the child's standard input and wait for its end. Returns the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE_S)

    def discard(self) -> None:
        """Kill it, if it still runs, and close its pipes."""
        self.process.discard()


class Watched:
    """A process that is no child of ours; its end can be waited for even if its number is given to another process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.descriptor = os.pidfd_open(pid)

    def ended(self, within_s: float = PATIENCE_S) -> bool:
        return bool(select.select([self.descriptor], [], [], within_s)[0])

    def close(self) -> None:
        os.close(self.descriptor)


@pytest.fixture
def hold(stem: Stem) -> Iterator[Callable[..., Holder]]:
    """Start a child that holds a server: `hold("embedded", TMPDIR=…)`; killed at the end if it still runs."""
    started: list[Holder] = []

    def start(*arguments: str, **environment: str) -> Holder:
        started.append(Holder(stem, *arguments, **environment))
        return started[-1]

    yield start
    for holder in started:
        holder.discard()


@pytest.fixture
def watch() -> Iterator[Callable[[int], Watched]]:
    watched: list[Watched] = []

    def start(pid: int) -> Watched:
        watched.append(Watched(pid))
        return watched[-1]

    yield start
    for process in watched:
        process.close()


@pytest.fixture
def ask() -> Callable[[str, str], Any]:
    """The first value that a statement yields on a URL."""

    def value(url: str, statement: str) -> Any:
        connection = psycopg2.connect(url.replace("+psycopg2", ""))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                row = cursor.fetchone() if cursor.description else None
                return None if row is None else row[0]
        finally:
            connection.close()

    return value


@contextmanager
def opened_folder() -> Iterator[Path]:
    """A folder that the server's account may enter, which pytest's own are not; in memory if there is enough of it."""
    folder = Path(tempfile.mkdtemp(prefix="prodplan-test-", dir=data_base(account_for("embedded"))))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        # A server that is just ending removes files of its own meanwhile.
        while folder.exists():
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of the test's own that the server's account may enter."""
    with opened_folder() as folder:
        yield folder


@pytest.fixture
def settings(open_folder: Path) -> Settings:
    """Settings of a machine where nothing is set and no Docker engine runs."""
    return Settings(_env_file=None, local_dir=open_folder / ".local")


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")

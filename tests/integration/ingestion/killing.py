"""Ingestions and retentions in processes of their own that are killed by SIGKILL at a point that is known."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.forked import Forked, Stem
from tests.integration.ingestion.conftest import Plant

CHILD = """
import sys
from pathlib import Path
from app.database.access.roles import roles_for
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest

url, workbook, prefix, step, done = sys.argv[1:]

def progress(at, count, total):
    if (at, count) == (step, int(done)):
        print("here", flush=True)
        sys.stdin.read()

ingest(url, Path(workbook), roles=roles_for(prefix), options=Options(progress=progress))
"""
RETAINING = """
import sys
from app.database.access.roles import roles_for
from app.ingestion.runs.retention import retain

url, prefix = sys.argv[1:]
retain(url, roles=roles_for(prefix), keep=1)
"""
WAITS = "SELECT pid FROM pg_stat_activity WHERE query LIKE :asked AND wait_event_type = 'Lock'"


def killed_at(stem: Stem, plant: Plant, workbook: Path, step: str, done: int) -> None:
    """Ingest in a process of its own and kill -9 it when it has come this far."""
    url = plant.url.render_as_string(hide_password=False)
    arguments = (url, str(workbook), plant.roles.prefix, step, str(done))
    with forked(stem, CHILD, *arguments) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"


def killed_while_it_detaches(stem: Stem, plant: Plant, table: str) -> None:
    """Retain in a process of its own and kill -9 it while it waits to detach a partition of `table`, which is read."""
    url = plant.url.render_as_string(hide_password=False)
    statement = f"ALTER TABLE core.{table} DETACH PARTITION%"
    with forked(stem, RETAINING, url, plant.roles.prefix) as child:
        while not (waiting := plant.rows(WAITS, asked=statement)):
            assert child.poll() is None, "the retention did not wait"
    while plant.rows("SELECT FROM pg_stat_activity WHERE pid = :pid", pid=waiting[0].pid):
        pass


@contextmanager
def forked(stem: Stem, program: str, *arguments: str) -> Iterator[Forked]:
    """A process of the stem, killed when the block ends."""
    pipe = subprocess.PIPE
    child = stem.fork(program, *arguments, environment=os.environ, stdin=pipe, stdout=pipe)
    try:
        yield child
    finally:
        child.discard()

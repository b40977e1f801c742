"""Ingestions and retentions in child processes that are killed by SIGKILL at a point that is known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.integration.ingestion.conftest import Plant

CHILD = """
import sys
from pathlib import Path
from app.database.access.roles import roles_for
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest

url, workbook, prefix, phase, done = sys.argv[1:]

def progress(at, count, total):
    if (at, count) == (phase, int(done)):
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


def killed_at(plant: Plant, workbook: Path, phase: str, done: int) -> None:
    """Ingest in a child process and kill -9 it when it has come this far."""
    url = plant.url.render_as_string(hide_password=False)
    arguments = [sys.executable, "-c", CHILD, url, str(workbook), plant.roles.prefix, phase, str(done)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        child.kill()


def killed_while_it_detaches(plant: Plant, table: str) -> None:
    """Retain in a child process and kill -9 it while it waits to detach a partition of `table`, which is being read."""
    url = plant.url.render_as_string(hide_password=False)
    statement = f"ALTER TABLE core.{table} DETACH PARTITION%"
    with subprocess.Popen([sys.executable, "-c", RETAINING, url, plant.roles.prefix]) as child:
        while not (waiting := plant.rows(WAITS, asked=statement)):
            assert child.poll() is None, "the retention did not wait"
        child.kill()
    while plant.rows("SELECT FROM pg_stat_activity WHERE pid = :pid", pid=waiting[0].pid):
        pass

"""Ingestions that are killed at a named point, and a reader that watches what is live meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from tests.acceptance.support.backend import ROOT, Backend
from tests.acceptance.support.watching.hammering import Hammering

CHILD = """
import sys
from pathlib import Path
from app.database.access.roles import roles_for
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest

url, workbook, prefix, step = sys.argv[1:]

def progress(at, done, total):
    if at == step:
        print("here", flush=True)
        sys.stdin.read()

options = Options(force=True, allow_shrink=True, allow_older=True, allow_implausible=True, progress=progress)
ingest(url, Path(workbook), roles=roles_for(prefix), options=options)
"""


def kill_at(backend: Backend, workbook: Path, step: str) -> int:
    """Ingest in a child process, kill -9 it when it enters `step`; returns its exit code (-9)."""
    url = backend.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", CHILD, url, str(workbook), backend.roles.prefix, step]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        reached = child.stdout.readline()
        child.kill()
        assert reached == "here\n", f"the ingestion ended before it reached {step}"
    return child.returncode


LIVE_RUN = sa.text("SELECT run_id FROM core.current_snapshot WHERE plant = 'main'")
ROWS = sa.text(
    "SELECT (SELECT count(*) FROM core.work_orders WHERE run_id = :run),"
    " (SELECT count(*) FROM core.order_phases WHERE run_id = :run)"
)


def snapshot_reader(backend: Backend) -> Hammering:
    """Reads as the API does: resolve the live run, then ask for its rows; sees (run, work orders, order phases)."""

    def read(connection: sa.Connection) -> tuple[int, int, int]:
        run = connection.execute(LIVE_RUN).scalar_one()
        orders, phases = connection.execute(ROWS, {"run": run}).one()
        return run, orders, phases

    engine = backend.engine(backend.roles.api).execution_options(isolation_level="REPEATABLE READ")
    return Hammering(engine, read)

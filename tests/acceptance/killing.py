"""Ingestions that are killed at a named point, and a reader that watches what is live meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from tests.acceptance.backend import ROOT, Backend

CHILD = """
import sys
from pathlib import Path
from app.database.roles import roles_for
from app.ingestion import ingest

url, workbook, prefix, phase = sys.argv[1:]

def progress(at, done, total):
    if at == phase:
        print("here", flush=True)
        sys.stdin.read()

ingest(url, Path(workbook), roles=roles_for(prefix), force=True, allow_shrink=True, progress=progress)
"""


def kill_at(backend: Backend, workbook: Path, phase: str) -> int:
    """Ingest in a child process, kill -9 it when it enters `phase`; returns its exit status (-9)."""
    url = backend.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", CHILD, url, str(workbook), backend.roles.prefix, phase]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        reached = child.stdout.readline()
        child.kill()
        assert reached == "here\n", f"the ingestion ended before it reached {phase}"
    return child.returncode


LIVE_RUN = sa.text("SELECT run_id FROM core.current_snapshot WHERE plant = 'main'")
ROWS = sa.text(
    "SELECT (SELECT count(*) FROM core.work_orders WHERE run_id = :run),"
    " (SELECT count(*) FROM core.order_phases WHERE run_id = :run)"
)


class SnapshotReader:
    """Reads as the API does, over and over for as long as the block: resolve the live run, then ask for its rows.

    seen: every (run, work orders, order phases) that was ever read.
    """

    def __init__(self, backend: Backend) -> None:
        self.seen: set[tuple[int, int, int]] = set()
        self.reads = 0
        self.fault = ""
        self._engine = backend.engine(backend.roles.api).execution_options(isolation_level="REPEATABLE READ")
        self._stop = threading.Event()
        self._reading = threading.Event()
        self._thread = threading.Thread(target=self._read, name="snapshot reader", daemon=True)

    def __enter__(self) -> SnapshotReader:
        self._thread.start()
        self._reading.wait(timeout=30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=60)
        self._engine.dispose()

    def _read(self) -> None:
        try:
            with self._engine.connect() as connection:
                while not self._stop.is_set():
                    run = connection.execute(LIVE_RUN).scalar_one()
                    orders, phases = connection.execute(ROWS, {"run": run}).one()
                    self.seen.add((run, orders, phases))
                    connection.rollback()
                    self.reads += 1
                    self._reading.set()
        except sa.exc.DBAPIError as error:
            self.fault = str(error.orig)
        finally:
            self._reading.set()

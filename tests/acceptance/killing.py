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


class SnapshotReader:
    """Reads the live run and its rows, over and over in one statement each, for as long as the block.

    seen: every (run, work orders, order phases) that a statement ever saw.
    """

    QUERY = sa.text(
        "SELECT s.run_id, (SELECT count(*) FROM core.work_orders o WHERE o.run_id = s.run_id),"
        " (SELECT count(*) FROM core.order_phases p WHERE p.run_id = s.run_id)"
        " FROM core.current_snapshot s WHERE s.plant = 'main'"
    )

    def __init__(self, backend: Backend) -> None:
        self.seen: set[tuple[int, int, int]] = set()
        self.reads = 0
        self.fault = ""
        self._engine = backend.engine(backend.roles.api)
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
                    self.seen.update((run, orders, phases) for run, orders, phases in connection.execute(self.QUERY))
                    connection.rollback()
                    self.reads += 1
                    self._reading.set()
        except sa.exc.DBAPIError as error:
            self.fault = str(error.orig)
        finally:
            self._reading.set()

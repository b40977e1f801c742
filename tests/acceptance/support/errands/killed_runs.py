"""A run that is killed midway, and the next one with a reader beside it (check C8)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.support.backend import Backend
from tests.acceptance.support.content import snapshot_checksums
from tests.acceptance.support.watching.hammering import Hammering
from tests.acceptance.support.watching.killing import kill_at, snapshot_reader

STAGING_LEFT = "SELECT count(*) FROM pg_class WHERE relnamespace = 'staging'::regnamespace AND relname ~ '_r[0-9]+$'"
STEPS = ("extract", "merge", "publish")


@dataclass(frozen=True)
class Killed:
    """The answers and figures that were seen around the kill.

    next_status: of the run after it. live, published: a reader's answers before and after that run. checksums: of the
    earlier run's content before and after, with a kill at the last step. leftovers: staging tables.
    """

    next_status: str
    live: tuple[int, int, int]
    published: tuple[int, int, int]
    reader: Hammering
    checksums: tuple[dict[str, Any], dict[str, Any]]
    leftovers: int


def killed_at(step: str, pristine: Backend, run_id: int, small_workbook: Path) -> Killed:
    """Kill an ingestion at this step on a copy of the ingested database, then ingest while a reader watches."""
    with pristine.clone() as backend:
        before = snapshot_checksums(backend, run_id) if step == "publish" else {}
        live = observed(backend, run_id)
        exit_code = kill_at(backend, small_workbook, step)
        assert exit_code == -9, f"the killed process ended with {exit_code}"
        assert backend.live_run() == run_id, f"killed at {step}, and yet something was published"
        with snapshot_reader(backend) as reader:
            after = backend.ingest(small_workbook, allow_shrink=True, allow_older=True, allow_implausible=True)
        return Killed(
            next_status=after.status,
            live=live,
            published=observed(backend, after.run_id),
            reader=reader,
            checksums=(before, snapshot_checksums(backend, run_id) if before else {}),
            leftovers=backend.value(STAGING_LEFT),
        )


def observed(backend: Backend, run_id: int) -> tuple[int, int, int]:
    """Expected answers of a reader while this run is live."""
    orders = backend.value("SELECT count(*) FROM core.work_orders WHERE run_id = :run", run=run_id)
    phases = backend.value("SELECT count(*) FROM core.order_phases WHERE run_id = :run", run=run_id)
    return run_id, orders, phases

"""Workers that are killed, stopped or cut off: core is untouched, the run says so, and the next one is clean."""

from __future__ import annotations

import signal

from tests.integration.ingestion.conftest import tables_of
from tests.integration.ingestion.factory import ORDERS, Rows, order
from tests.integration.waiting import until
from tests.integration.worker.conftest import Plant, StartWorker

REJECTS = "audit.rejected_rows"
"""Written while a sheet with a refused row is merged, so a lock on it holds a run up midway."""

RUN_TABLES = (
    "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname IN ('core', 'staging') AND c.relkind = 'r' AND c.relname ~ '_r[0-9]+$'"
)


def test_killed_worker_leaves_core_untouched_and_its_run_failed_and_retryable(
    plant: Plant, start_worker: StartWorker, example: Rows
) -> None:
    worker = start_worker(impatient=True)
    first = plant.ended(plant.ask(example)).run_id
    example[ORDERS].append(order(20))
    with plant.blocked(REJECTS):
        run_id = plant.ask(example)
        assert plant.held_up(run_id).status == "RUNNING"
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        died = plant.ended(run_id)
    assert died.failure is not None
    assert (died.status, died.failure.code, died.retryable) == ("FAILED", "WORKER_DIED", True)
    assert died.finished_at is not None
    assert plant.live() == first
    assert plant.uploads() == ["export.xlsx"]
    next_run = plant.ask(example)
    start_worker(impatient=True)
    assert plant.ended(next_run).status == "PUBLISHED"
    assert {name for (name,) in plant.rows(RUN_TABLES)} == tables_of(first, next_run)
    recorded = "SELECT status FROM audit.ingestion_runs WHERE run_id = :run_id"
    assert plant.rows(recorded, run_id=run_id) == [("FAILED",)]


def test_worker_killed_before_it_began_leaves_a_run_that_the_next_one_ends(
    plant: Plant, start_worker: StartWorker, example: Rows
) -> None:
    worker = start_worker(impatient=True)
    with plant.blocked("audit.ingestion_runs"):
        run_id = plant.ask(example)
        taken = "SELECT count(*) FROM queue.procrastinate_jobs WHERE status = 'doing'"
        until(lambda: plant.rows(taken), lambda seen: seen == [(1,)])
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    start_worker(impatient=True)
    run = plant.ended(run_id)
    assert run.failure is not None
    assert (run.status, run.failure.code, run.retryable) == ("FAILED", "WORKER_DIED", True)


def test_stopped_worker_gives_its_run_up_and_says_so(plant: Plant, start_worker: StartWorker, example: Rows) -> None:
    worker = start_worker(impatient=True)
    with plant.blocked(REJECTS):
        run_id = plant.ask(example)
        plant.held_up(run_id)
        worker.send_signal(signal.SIGTERM)
        # The grace is over when the worker no longer says that it lives.
        beat = "SELECT extract(epoch FROM clock_timestamp() - max(last_heartbeat)) FROM queue.procrastinate_workers"
        until(lambda: plant.rows(beat), lambda seen: seen[0][0] > 3)
    run = plant.ended(run_id)
    assert run.failure is not None
    assert (run.status, run.failure.code, run.retryable) == ("FAILED", "WORKER_STOPPED", True)
    assert worker.wait(timeout=60) == 0
    assert plant.live() is None


def test_idle_worker_stops_at_once_and_cleanly(plant: Plant, start_worker: StartWorker) -> None:
    worker = start_worker()
    worker.send_signal(signal.SIGINT)
    assert worker.wait(timeout=60) == 0
    assert plant.rows("SELECT count(*) FROM queue.procrastinate_workers") == [(0,)]


def test_worker_whose_connections_are_cut_goes_on(plant: Plant, start_worker: StartWorker, example: Rows) -> None:
    worker = start_worker()
    others = (
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert plant.rows(others) > [(0,)]
    run_id = plant.ask(example)
    assert plant.ended(run_id).status == "PUBLISHED"
    assert worker.poll() is None

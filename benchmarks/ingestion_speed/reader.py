"""A reader that reads without pause during a publication, beside one of long transactions: `python -m … JOB`.

JOB: JSON of {"url", "role"}. Told the window of the publication, it answers how long reads took inside it and outside.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from app.database.engine import make_engine
from benchmarks.ingestion_speed.children import answer, awaited, job

LONG_S = 2.0
"""Duration of a report that is read in one transaction."""

LIVE_RUN = sa.text("SELECT run_id FROM core.current_snapshot WHERE plant = 'main'")
ORDERS = sa.text("SELECT count(*), max(work_order_id) FROM core.work_orders WHERE run_id = :run_id")
PHASES_COUNTED = sa.text(
    "SELECT count(*) FROM core.order_phases WHERE run_id = :run_id AND work_order_id = :work_order_id"
)


def read(connection: sa.Connection) -> tuple[int, int, int]:
    """Resolve the live run, then read it as the API does: the run, its orders, and one order's phases."""
    run_id = connection.execute(LIVE_RUN).scalar_one()
    orders, last = connection.execute(ORDERS, {"run_id": run_id}).one()
    phases = connection.execute(PHASES_COUNTED, {"run_id": run_id, "work_order_id": last}).scalar_one()
    connection.rollback()
    return run_id, orders, phases


def figures(reads: list[tuple[float, float]], window: tuple[float, float]) -> dict[str, Any]:
    """reads: (began, seconds). The longest that touched the window, the longest of the others, and how many."""
    inside = [took for began, took in reads if began <= window[1] and began + took >= window[0]]
    outside = [took for began, took in reads if began > window[1] or began + took < window[0]]
    return {
        "longest_inside_s": max(inside, default=None),
        "longest_outside_s": max(outside, default=None),
        "reads_inside": len(inside),
        "reads": len(reads),
    }


def hold_long_transactions(engine: sa.Engine, stop: threading.Event) -> int:
    """Repeatable reads of the core tables, one after the other, each held open; how many."""
    held = 0
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        while not stop.is_set():
            run_id = connection.execute(LIVE_RUN).scalar_one()
            orders = connection.execute(ORDERS, {"run_id": run_id}).one()
            connection.execute(PHASES_COUNTED, {"run_id": run_id, "work_order_id": orders[1]})
            held += 1
            stop.wait(LONG_S)
            connection.rollback()
    return held


def hammer(engine: sa.Engine, stop: threading.Event) -> tuple[list[tuple[float, float]], set[tuple[int, int, int]]]:
    """Read until told to stop: when each read began and how many seconds it took, and every answer ever given."""
    reads, seen = [], set()
    with engine.connect() as connection:
        seen.add(read(connection))
        answer(ready=True)
        while not stop.is_set():
            began = time.monotonic()
            seen.add(read(connection))
            reads.append((began, time.monotonic() - began))
    return reads, seen


def main() -> None:
    task = job()
    engine = make_engine(task["url"], role=task["role"])
    stop, told = threading.Event(), {}

    def stop_when_told() -> None:
        told.update(awaited())
        stop.set()

    threading.Thread(target=stop_when_told, name="stdin watch", daemon=True).start()
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(hold_long_transactions, engine, stop)
        try:
            reads, seen = hammer(engine, stop)
        finally:
            stop.set()
        held = long.result()
    engine.dispose()
    runs = {run_id for run_id, _, _ in seen}
    answer(**figures(reads, tuple(told["window"])), mixed=len(seen) - len(runs), runs_seen=len(runs), long=held)


if __name__ == "__main__":
    main()

"""Growth with the snapshots that one database keeps."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.database.access.roles import roles_for
from app.database.engine import connected
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.runs.retention import retain
from benchmarks.growth.record import Record
from benchmarks.ingestion_speed.client import REQUESTED_BY, ROLE_PREFIX

ROLES = roles_for(ROLE_PREFIX)
PLANNED, TOLD_EVERY = 5, 50
OF_ONE_RUN = (
    "SELECT count(*) FROM core.order_phases AS p JOIN core.work_orders AS o USING (run_id, work_order_id)"
    " WHERE p.run_id = {run} AND o.run_id = {run}"
)
"""A statement as the API asks: each table is bound to one run."""
OF_NO_RUN = "SELECT count(*) FROM core.order_phases AS p JOIN core.work_orders AS o USING (run_id, work_order_id)"
CATALOGUE = (
    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
    " WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared"
)
LOCKS = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'"
LIVE = "SELECT run_id FROM core.current_snapshot"
MB = 1_000_000


def measure_snapshots(
    record: Record, url: str, workbook: Path, numbers: Sequence[int], repeats: int, say: Callable[[str], None]
) -> None:
    """Fill the database with snapshots, and measure at each of these numbers."""
    present = 0
    for number in numbers:
        with record.attempt(f"{number} snapshots"):
            while present < number:
                ingestion_s(url, workbook, keep=number)
                present += 1
                if present % TOLD_EVERY == 0:
                    say(f"{present} snapshots")
            record.snapshots[number] = measured_at(url, workbook, number, repeats)
            present += 1
            say(f"{number} snapshots measured")


def measured_at(url: str, workbook: Path, number: int, repeats: int) -> dict[str, Any]:
    """The figures with this number of snapshots: some are added and, but for one, dropped again.

    One is left, because a retention always keeps the live run and the one before it.
    """
    found = {
        "planning_ms": planning_ms(url, OF_ONE_RUN, repeats),
        "planning_of_no_run_ms": planning_ms(url, OF_NO_RUN, repeats),
        "locks": locks(url, OF_ONE_RUN),
        "locks_of_no_run": locks(url, OF_NO_RUN),
        "catalogue_mb": catalogue_mb(url),
    }
    most = number + repeats + 1
    found["ingestion_s"] = [ingestion_s(url, workbook, keep=most) for _ in range(repeats + 1)]
    found["retention_s"] = [retention_s(url, most - dropped) for dropped in range(1, repeats + 1)]
    return found


def ingestion_s(url: str, workbook: Path, *, keep: int) -> float:
    """Seconds of an ingestion that is forced, as its workbook is live already."""
    began = time.monotonic()
    ingest(url, workbook, roles=ROLES, options=Options(force=True, keep=keep, requested_by=REQUESTED_BY))
    return time.monotonic() - began


def retention_s(url: str, keep: int) -> float:
    """Seconds of dropping one snapshot."""
    began = time.monotonic()
    dropped = retain(url, roles=ROLES, keep=keep).dropped
    took = time.monotonic() - began
    if len(dropped) != 1:
        raise RuntimeError(f"one snapshot was to be dropped, and {len(dropped)} were")
    return took


def planning_ms(url: str, statement: str, repeats: int) -> dict[str, float]:
    """Milliseconds in which a session plans a statement for the first time, and later."""
    asked, firsts, laters = f"EXPLAIN (SUMMARY, FORMAT JSON) {of_live_run(url, statement)}", [], []
    for _ in range(repeats):
        with connected(url, role=ROLES.api, poolclass=sa.NullPool) as connection:
            times = [connection.exec_driver_sql(asked).scalar_one()[0]["Planning Time"] for _ in range(PLANNED)]
        firsts.append(times[0])
        laters += times[1:]
    return {"first": statistics.median(firsts), "later": statistics.median(laters)}


def locks(url: str, statement: str) -> int:
    """Tables and indexes that a transaction with this statement has locked."""
    asked = of_live_run(url, statement)
    with connected(url, role=ROLES.api, poolclass=sa.NullPool) as connection:
        connection.exec_driver_sql(asked).all()
        count: int = connection.exec_driver_sql(LOCKS).scalar_one()
        return count


def of_live_run(url: str, statement: str) -> str:
    """The statement about the live run."""
    with connected(url, poolclass=sa.NullPool) as connection:
        return statement.format(run=connection.exec_driver_sql(LIVE).scalar_one())


def catalogue_mb(url: str) -> float:
    """Megabytes of this database's own catalogue."""
    with connected(url, poolclass=sa.NullPool) as connection:
        return float(connection.exec_driver_sql(CATALOGUE).scalar_one()) / MB

"""A revision that locks several tables deadlocks with nobody, in whichever order the others take them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from app.database.providers import Server
from app.database.revisions.migrate import current, downgrade, upgrade
from app.database.scratch import scratch_database
from tests.integration.database.conftest import connected

WAITING = (
    "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database"
    " WHERE NOT l.granted AND d.datname = current_database()"
)
RUNS = "LOCK TABLE audit.ingestion_runs IN {mode} MODE"
POINTER = "LOCK TABLE core.current_snapshot IN {mode} MODE"


@pytest.mark.parametrize("is_down", [False, True], ids=["up", "down"])
@pytest.mark.parametrize(
    ("first", "second", "mode"),
    [(RUNS, POINTER, "ROW EXCLUSIVE"), (POINTER, RUNS, "ACCESS SHARE")],
    ids=["ingestion", "reader"],
)
def test_keys_to_audit_go_and_come_beside_others(
    server: Server, first: str, second: str, mode: str, is_down: bool
) -> None:
    with scratch_database(server.url, prefix="beside") as url, ThreadPoolExecutor(1) as other:
        upgrade(url, "0021" if is_down else "0020")
        with connected(url) as connection, connected(url) as onlooker:
            connection.exec_driver_sql(first.format(mode=mode))
            migration = other.submit(downgrade if is_down else upgrade, url, "0020" if is_down else "0021")
            while not onlooker.exec_driver_sql(WAITING).scalar_one() and not migration.done():
                sleep(0.01)
            connection.exec_driver_sql(second.format(mode=mode))
        migration.result(timeout=60)
        assert current(url) == ("0020" if is_down else "0021")

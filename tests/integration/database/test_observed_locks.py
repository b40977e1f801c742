"""The lock watch of check B7: a revision that blocks a reader or a writer for long is named, with the lock it held."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from app.database.bootstrap import bootstrap
from app.database.providers import Server
from app.database.revisions.migrate import upgrade
from app.database.scratch import scratch_database
from tests.acceptance.support.loaded_release import load_release
from tests.acceptance.support.watching.lock_watch import LONGEST_WAIT_MS, READER, WRITER, LockWatch, upgrade_under_load
from tests.integration.database.conftest import Ready, execute, rows

HELD_LONG = f"SELECT pg_sleep({2 * LONGEST_WAIT_MS / 1000})"


@pytest.fixture(scope="module")
def loaded_once(server: Server, template: Ready) -> Iterator[sa.URL]:
    """A factory's database at head, whose roles are those of every test's database; to be copied."""
    with scratch_database(server.url, prefix="loaded") as url:
        load_release(url, template.roles)
        bootstrap(server.url, database=str(url.database), roles=template.roles)
        yield url


@pytest.fixture
def loaded(server: Server, template: Ready, loaded_once: sa.URL) -> Iterator[Ready]:
    """A factory's database of the test's own."""
    with scratch_database(server.url, template=loaded_once.database, prefix="test") as url:
        yield Ready(url, template.roles)


BLOCKING = {
    "every access": (
        "LOCK TABLE core.work_orders",
        {READER},
        "AccessShareLock on core.work_orders",
        "AccessExclusiveLock",
    ),
    "writes": (
        "LOCK TABLE audit.rejected_rows IN SHARE MODE",
        {WRITER},
        "RowExclusiveLock on audit.rejected_rows",
        "ShareLock",
    ),
    "index": (
        "CREATE INDEX spare ON audit.ingestion_runs (plant)",
        {WRITER},
        "RowExclusiveLock on audit.ingestion_runs",
        "ShareLock",
    ),
    "attaching": (
        "LOCK TABLE core.phases IN SHARE UPDATE EXCLUSIVE MODE",
        {WRITER},
        "ShareUpdateExclusiveLock on core.phases",
        "ShareUpdateExclusiveLock",
    ),
    "a row": ("UPDATE core.current_snapshot SET run_id = run_id", {WRITER}, "ShareLock on transactionid", ""),
}


@pytest.mark.parametrize(("statement", "blocked", "wanted", "held"), BLOCKING.values(), ids=BLOCKING.keys())
def test_a_long_lock_is_a_fault_that_names_revision_client_lock_and_statement(
    statement: str, blocked: set[str], wanted: str, held: str, loaded: Ready, add_revision: Callable[..., str]
) -> None:
    revision = add_revision(statement, HELD_LONG)
    observed = upgrade_under_load(loaded.url, revision, loaded.roles)
    faults = observed.faults()
    assert {client for client in (READER, WRITER) if observed.longest_ms(client) > LONGEST_WAIT_MS} == blocked
    named = (revision, *blocked, wanted, held, HELD_LONG)
    assert any(all(part in fault for part in named) for fault in faults), faults


def test_a_brief_lock_is_no_fault(loaded: Ready, add_revision: Callable[..., str]) -> None:
    revision = add_revision("ALTER TABLE audit.ingestion_sheets ADD COLUMN spare text")
    observed = upgrade_under_load(loaded.url, revision, loaded.roles)
    assert observed.faults() == []
    assert all(client.rounds for client in observed.clients.values())
    assert rows(loaded.url, "SELECT count(spare) FROM audit.ingestion_sheets") == [(0,)]


def test_a_lock_on_what_nobody_uses_is_no_wait(loaded: Ready, add_revision: Callable[..., str]) -> None:
    revision = add_revision("LOCK TABLE staging.phases", "SELECT pg_sleep(0.2)")
    assert upgrade_under_load(loaded.url, revision, loaded.roles).waits == []


def test_a_client_that_is_refused_is_a_fault(loaded: Ready, add_revision: Callable[..., str]) -> None:
    revision = add_revision("ALTER TABLE audit.ingestion_sheets RENAME TO spare")
    faults = upgrade_under_load(loaded.url, revision, loaded.roles).faults()
    assert any(fault.startswith(f"under revision {revision} the {READER} was refused") for fault in faults)


def test_waits_for_anybody_else_are_not_the_migrations(loaded: Ready) -> None:
    with LockWatch(loaded.url) as watch:
        upgrade(loaded.url, role=loaded.roles.owner)
        execute(loaded.url, "LOCK TABLE core.work_orders", "SELECT pg_sleep(0.1)")
    assert watch.looks
    assert watch.waits() == []


def test_a_watch_that_cannot_look_says_so(scratch_url: sa.URL) -> None:
    with pytest.raises(sa.exc.DBAPIError), LockWatch(scratch_url) as watch:
        while not watch.looks:
            pass
        execute(
            scratch_url.set(database="postgres"),
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{scratch_url.database}'",
        )
        watch.ended.wait(30)

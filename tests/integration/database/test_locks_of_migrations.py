"""Locks that a revision holds grow with the snapshots: counted, and refused in words before they run out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from app.database.providers import Server
from app.database.providers.binaries import usable, wheel_binaries
from app.database.providers.cluster import THROWAWAY, Cluster, initialise, loopback_url, new_password, serve
from app.database.providers.embedded import account_for
from app.database.providers.keeper import DATA
from app.database.providers.keeper_client import Keeper
from app.database.providers.space import data_base
from app.database.revisions import migrate
from app.database.revisions.lock_need import BESIDE, DOWN, UP, TooFewLocks
from app.database.revisions.migrate import MigrationFailed, current, downgrade, head, revisions, scripts, upgrade
from app.database.scratch import create_database, scratch_database
from tests.integration.database.conftest import connected
from tests.unpooled import unpooled

FEW, MORE = 2, 5
ABOUT = 1.1
"""Servers of other versions hold a few locks more or less."""
MANY = 30
SMALL = THROWAWAY | {"max_connections": "20", "max_locks_per_transaction": "10"}
RUN = (
    "INSERT INTO audit.ingestion_runs (run_id, plant, excel_sha256, workbook_name, status, requested_by, backend_pid)"
    " VALUES ({run}, 'p', 'x', 'w', 'PUBLISHED', 't', 1)"
)
FACTS = "INSERT INTO core.snapshot_facts VALUES ({run}, '2025-01-01', 0, 0, 0, 0, 0, 0)"
PARENTS = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'p' AND relnamespace = 'core'::regnamespace"
HELD = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()"


def with_snapshots(url: sa.URL, count: int) -> None:
    """Empty snapshots in a database at a revision between 0002 and 0004."""
    for run in range(1, count + 1):
        with connected(url) as connection:
            connection.exec_driver_sql(RUN.format(run=run))
            for parent in connection.exec_driver_sql(PARENTS).scalars().all():
                connection.exec_driver_sql(f"CREATE TABLE {parent}_r{run} PARTITION OF {parent} FOR VALUES IN ({run})")
            connection.exec_driver_sql(FACTS.format(run=run))


def locks_of_each(url: sa.URL, snapshots: int) -> dict[tuple[str, bool], int]:
    """The locks that each revision holds at its end, up and down; the key says whether it is the way down."""
    upgrade(url, "0002")
    with_snapshots(url, snapshots)
    found = {}
    later = revisions()[2:]
    for is_down, order in ((False, later), (True, [*reversed(later), "0002"])):
        for revision in order:
            module = scripts().get_revision(revision).module
            with unpooled(url).begin() as connection, Operations.context(MigrationContext.configure(connection)):
                (module.downgrade if is_down else module.upgrade)()
                found[revision, is_down] = int(connection.exec_driver_sql(HELD).scalar_one())
    return found


def test_each_revision_takes_no_more_locks_for_a_snapshot_than_it_is_known_for(server: Server) -> None:
    counted = []
    for snapshots in (FEW, MORE):
        with scratch_database(server.url, prefix="locks") as url:
            counted.append(locks_of_each(url, snapshots))
    few, more = counted
    each = {key: (more[key] - few[key]) / (MORE - FEW) for key in few}
    known = {(revision, False): count for revision, count in UP.items()}
    known |= {(revision, True): count for revision, count in DOWN.items()}
    assert {key: count for key, count in each.items() if count > known.get(key, 0) * ABOUT} == {}
    assert {key: count for key, count in known.items() if count > each[key] * ABOUT} == {}
    assert max(few[key] - FEW * each[key] for key in few) <= BESIDE


@contextmanager
def small_server(**options: str) -> Iterator[sa.URL]:
    """A server of its own, with few connections and locks."""
    account = account_for("embedded")
    with Keeper.throwaway(data_base(account), account) as keeper:
        binaries = usable(wheel_binaries(), account, None, keeper.folder / "binaries")
        cluster = Cluster(keeper.folder / DATA, binaries, account, new_password(), keeper.folder / "server.log")
        initialise(cluster, keeper, sync=False)
        yield loopback_url(serve(cluster, keeper, SMALL | options, lasting=False), cluster.password)


def test_migration_that_would_run_out_of_locks_is_refused_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    with small_server() as server_url:
        url = create_database(server_url, "many")
        upgrade(url, "0004")
        with_snapshots(url, MANY)
        with pytest.raises(TooFewLocks) as refusal:
            upgrade(url)
        assert current(url) == "0004"
        with pytest.raises(TooFewLocks):
            downgrade(url, "base")
        with monkeypatch.context() as patch:
            patch.setattr(migrate, "require_locks", lambda *given, **named: None)
            with pytest.raises(MigrationFailed, match="out of shared memory"):
                upgrade(url)
        assert current(url) == "0004"
    said = str(refusal.value)
    assert f"takes about {46 * MANY + BESIDE} locks at once, because the database holds {MANY} snapshots" in said
    advised = re.search(r"max_locks_per_transaction = (\d+);", said)
    assert advised
    with small_server(max_locks_per_transaction=advised[1]) as server_url:
        url = create_database(server_url, "many")
        upgrade(url, "0004")
        with_snapshots(url, MANY)
        upgrade(url)
        assert current(url) == head()

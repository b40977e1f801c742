"""Revisions on a real server: both ways to an identical catalogue, with data, one at a time, and never halfway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import psycopg2
import pytest
import sqlalchemy as sa

from app.database.providers import Server
from app.database.revisions import migrate
from app.database.revisions.at_head import NotAtHead, require_head
from app.database.revisions.catalogue import differences
from app.database.revisions.migrate import (
    ADVISORY_LOCK,
    LOCK_NOT_AVAILABLE,
    QUERY_CANCELED,
    MigrationBlocked,
    MigrationFailed,
    UnknownRevision,
    current,
    downgrade,
    head,
    offline_sql,
    revisions,
    upgrade,
)
from app.database.scratch import scratch_database
from tests.acceptance.support.revision_seeds import SEEDS, Held, lost, plant
from tests.integration.database.conftest import Ready, catalogue, connected, execute, rows

ORDER = ["base", *revisions()]
of_each_revision = pytest.mark.parametrize("revision", revisions())
OF_THIS_DATABASE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
WAITING = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND {OF_THIS_DATABASE}"


class Rising:
    """A database that is brought up from revision to revision, and copied by the tests that begin at one."""

    def __init__(self, server_url: sa.URL) -> None:
        self._server_url = server_url
        self._made = ExitStack()
        self._url = server_url
        self._reached = ""

    def at(self, revision: str) -> str:
        """Its name, once it is at this revision; made anew if it is beyond it."""
        if not self._reached or ORDER.index(self._reached) > ORDER.index(revision):
            self.close()
            self._url = self._made.enter_context(scratch_database(self._server_url, prefix="rising"))
            self._reached = "base"
        if self._reached != revision:
            upgrade(self._url, revision)
            self._reached = revision
        return str(self._url.database)

    def close(self) -> None:
        self._made.close()


@pytest.fixture(scope="module")
def rising(server: Server) -> Iterator[Rising]:
    """Made once for the module."""
    with closing(Rising(server.url)) as rising:
        yield rising


@pytest.fixture
def head_url(server: Server, rising: Rising) -> Iterator[sa.URL]:
    """A database of the test's own, migrated to head."""
    with scratch_database(server.url, template=rising.at(head()), prefix="test") as url:
        yield url


@of_each_revision
def test_down_and_up_again_leaves_the_same_catalogue(revision: str, server: Server, rising: Rising) -> None:
    below = ORDER[ORDER.index(revision) - 1]
    with scratch_database(server.url, template=rising.at(below), prefix="test") as url:
        lower = catalogue(url)
        upgrade(url, revision)
        upper = catalogue(url)
        downgrade(url, below)
        assert differences(lower, catalogue(url)) == []
        assert differences(lower, upper)
        upgrade(url, revision)
        assert differences(upper, catalogue(url)) == []


@pytest.fixture(scope="module")
def planted(server: Server) -> Iterator[tuple[str, dict[str, Held]]]:
    """The name of a database at head with data of every revision, to be copied, and what it held at each."""
    found = {}
    with scratch_database(server.url, prefix="planted") as url:
        for seed in SEEDS:
            upgrade(url, seed.revision)
            with connected(url) as connection:
                found[seed.revision] = plant(connection, seed)
        yield str(url.database), found


@of_each_revision
def test_going_down_takes_the_data_of_that_revision_and_no_other(
    revision: str, server: Server, planted: tuple[str, dict[str, Held]]
) -> None:
    below = ORDER[: ORDER.index(revision)]
    name, held = planted
    with scratch_database(server.url, template=name, prefix="test") as url:
        downgrade(url, below[-1])
        with connected(url) as connection:
            missing = [line for name in below[1:] for line in lost(connection, held[name])]
        assert missing == []
        upgrade(url)
        assert current(url) == head()


def test_commands_that_need_the_schema_are_refused_without_it(scratch_url: sa.URL) -> None:
    with pytest.raises(NotAtHead, match="has no schema yet"):
        require_head(scratch_url)
    upgrade(scratch_url, "0001")
    with pytest.raises(NotAtHead, match=f"is at revision 0001, and this checkout needs {head()}"):
        require_head(scratch_url)
    with connected(scratch_url) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NotAtHead, match="is at revision 9999, which this checkout does not have") as newer:
        require_head(scratch_url)
    assert "bootstrap" not in str(newer.value), "this checkout's bootstrap cannot help"


def test_upgrading_at_head_writes_nothing(head_url: sa.URL) -> None:
    require_head(head_url)
    written = "SELECT xmin::text, version_num FROM alembic_version"
    before, version = catalogue(head_url), rows(head_url, written)
    upgrade(head_url)
    assert rows(head_url, written) == version
    assert differences(before, catalogue(head_url)) == []


def test_offline_sql_builds_the_same_schema(scratch_url: sa.URL, template: Ready) -> None:
    connection = psycopg2.connect(scratch_url.set(drivername="postgresql").render_as_string(hide_password=False))
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(offline_sql("base", "head"))
    built = catalogue(scratch_url, access=False)
    assert current(scratch_url) == head()
    assert differences(built, catalogue(template.url, access=False)) == []


def test_concurrent_upgrades_take_turns(scratch_url: sa.URL) -> None:
    with ThreadPoolExecutor(4) as pool:
        for upgrading in [pool.submit(upgrade, scratch_url) for _ in range(4)]:
            upgrading.result(timeout=120)
    assert current(scratch_url) == head()


def test_an_upgrade_waits_for_the_one_before(scratch_url: sa.URL) -> None:
    with connected(scratch_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        upgrading = pool.submit(upgrade, scratch_url)
        while not other.exec_driver_sql(WAITING).scalar_one():
            assert not upgrading.done(), "the upgrade did not wait"
        assert other.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar_one() is None
        other.rollback()
        upgrading.result(timeout=60)
    assert current(scratch_url) == head()


LOCK_ALL = """DO $$ BEGIN EXECUTE (
    SELECT 'LOCK TABLE ' || string_agg(oid::regclass::text, ', ') || ' IN SHARE UPDATE EXCLUSIVE MODE' FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text IN ('audit', 'core', 'queue', 'staging')
); END $$"""
"""A lock on every table that even a changed comment has to wait for: whatever the last revision undoes waits."""


def sqlstate(refusal: BaseException) -> str:
    """SQLSTATE of the driver's error that a refusal was made of."""
    assert isinstance(refusal.__cause__, sa.exc.DBAPIError)
    return str(getattr(refusal.__cause__.orig, "pgcode", ""))


def test_a_conflicting_lock_ends_the_migration_promptly(head_url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "BOUNDS", ("SET lock_timeout = '200ms'", "SET statement_timeout = '60s'"))
    before = catalogue(head_url)
    with connected(head_url) as holder:
        holder.exec_driver_sql(LOCK_ALL)
        with pytest.raises(MigrationBlocked) as refusal:
            downgrade(head_url, revisions()[-2])
    assert refusal.value.code == "MIGRATION_BLOCKED"
    assert sqlstate(refusal.value) == LOCK_NOT_AVAILABLE
    assert (current(head_url), differences(before, catalogue(head_url))) == (head(), [])
    downgrade(head_url, revisions()[-2])


def test_an_endless_statement_is_ended(head_url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "BOUNDS", ("SET lock_timeout = '60s'", "SET statement_timeout = '200ms'"))
    with connected(head_url) as holder:
        holder.exec_driver_sql(LOCK_ALL)
        with pytest.raises(MigrationBlocked) as refusal:
            downgrade(head_url, revisions()[-2])
    assert sqlstate(refusal.value) == QUERY_CANCELED
    assert current(head_url) == head()


def test_a_turn_that_does_not_come_is_told(scratch_url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "TURN_TIMEOUT_MS", 100)
    with connected(scratch_url) as other:
        other.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        with pytest.raises(MigrationBlocked) as refusal:
            upgrade(scratch_url)
    assert sqlstate(refusal.value) == LOCK_NOT_AVAILABLE
    assert current(scratch_url) is None


def test_bounds_are_set_in_every_migration() -> None:
    milliseconds = [int(number) for text in migrate.BOUNDS for number in re.findall(r"'(\d+)ms'", text)]
    assert milliseconds == [migrate.LOCK_TIMEOUT_MS, migrate.STATEMENT_TIMEOUT_MS]
    assert 0 < migrate.LOCK_TIMEOUT_MS <= 5_000
    assert 0 < migrate.STATEMENT_TIMEOUT_MS <= 600_000


@pytest.mark.parametrize("schema", ["audit", "core", "staging"])
def test_a_refused_revision_leaves_the_one_before_whole(schema: str, scratch_url: sa.URL) -> None:
    execute(scratch_url, f"CREATE SCHEMA {schema}")
    with pytest.raises(MigrationFailed) as refusal:
        upgrade(scratch_url)
    reached = current(scratch_url)
    assert reached == {"audit": None, "core": "0001", "staging": "0002"}[schema]
    assert f'schema "{schema}" already exists' in str(refusal.value)
    execute(scratch_url, f"DROP SCHEMA {schema}")
    upgrade(scratch_url)
    assert current(scratch_url) == head()


def test_a_database_of_another_release_is_left_alone(head_url: sa.URL) -> None:
    execute(head_url, "UPDATE alembic_version SET version_num = '9999'")
    before = catalogue(head_url)
    with pytest.raises(UnknownRevision) as refusal:
        upgrade(head_url)
    assert "9999" in str(refusal.value)
    assert (current(head_url), differences(before, catalogue(head_url))) == ("9999", [])


def test_no_lock_outlives_a_failed_migration(scratch_url: sa.URL) -> None:
    execute(scratch_url, "CREATE SCHEMA core")
    with pytest.raises(MigrationFailed):
        upgrade(scratch_url)
    held = rows(scratch_url, f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {OF_THIS_DATABASE}")
    assert held == [(0,)]

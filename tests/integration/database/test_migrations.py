"""Revisions on a real server: both ways to an identical catalogue, with data, one at a time, and never halfway."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest
import sqlalchemy as sa

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
from tests.acceptance.support.revision_seeds import SEEDS, lost, plant
from tests.integration.database.conftest import Ready, catalogue, connected, execute, rows

ORDER = ["base", *revisions()]
of_each_revision = pytest.mark.parametrize("revision", revisions())
OF_THIS_DATABASE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
WAITING = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND {OF_THIS_DATABASE}"


@of_each_revision
def test_down_and_up_again_leaves_the_same_catalogue(revision: str, scratch_url: sa.URL) -> None:
    below = ORDER[ORDER.index(revision) - 1]
    if below != "base":
        upgrade(scratch_url, below)
    lower = catalogue(scratch_url)
    upgrade(scratch_url, revision)
    upper = catalogue(scratch_url)
    downgrade(scratch_url, below)
    assert differences(lower, catalogue(scratch_url)) == []
    assert differences(lower, upper)
    upgrade(scratch_url, revision)
    assert differences(upper, catalogue(scratch_url)) == []


@of_each_revision
def test_going_down_takes_the_data_of_that_revision_and_no_other(revision: str, scratch_url: sa.URL) -> None:
    below = ORDER[: ORDER.index(revision)]
    planted = {}
    for seed in SEEDS:
        upgrade(scratch_url, seed.revision)
        with connected(scratch_url) as connection:
            planted[seed.revision] = plant(connection, seed)
    downgrade(scratch_url, below[-1])
    with connected(scratch_url) as connection:
        missing = [line for name in below[1:] for line in lost(connection, planted[name])]
    assert missing == []
    upgrade(scratch_url)
    assert current(scratch_url) == head()


def test_commands_that_need_the_schema_are_refused_without_it(scratch_url: sa.URL) -> None:
    with pytest.raises(NotAtHead, match="has no schema yet"):
        require_head(scratch_url)
    upgrade(scratch_url, "0001")
    with pytest.raises(NotAtHead, match=f"is at revision 0001, and this checkout needs {head()}"):
        require_head(scratch_url)


def test_upgrading_at_head_writes_nothing(scratch_url: sa.URL) -> None:
    upgrade(scratch_url)
    require_head(scratch_url)
    written = "SELECT xmin::text, version_num FROM alembic_version"
    before, version = catalogue(scratch_url), rows(scratch_url, written)
    upgrade(scratch_url)
    assert rows(scratch_url, written) == version
    assert differences(before, catalogue(scratch_url)) == []


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


READ_ALL = """DO $$ BEGIN EXECUTE (
    SELECT 'LOCK TABLE ' || string_agg(oid::regclass::text, ', ') || ' IN ACCESS SHARE MODE' FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text IN ('audit', 'core', 'queue', 'staging')
); END $$"""
"""A reader's lock on every table, so that whatever the last revision undoes has to wait."""


def sqlstate(refusal: BaseException) -> str:
    """SQLSTATE of the driver's error that a refusal was made of."""
    assert isinstance(refusal.__cause__, sa.exc.DBAPIError)
    return str(getattr(refusal.__cause__.orig, "pgcode", ""))


def test_a_conflicting_lock_ends_the_migration_promptly(scratch_url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "BOUNDS", ("SET lock_timeout = '200ms'", "SET statement_timeout = '60s'"))
    upgrade(scratch_url)
    before = catalogue(scratch_url)
    with connected(scratch_url) as holder:
        holder.exec_driver_sql(READ_ALL)
        with pytest.raises(MigrationBlocked) as refusal:
            downgrade(scratch_url, revisions()[-2])
    assert refusal.value.code == "MIGRATION_BLOCKED"
    assert sqlstate(refusal.value) == LOCK_NOT_AVAILABLE
    assert (current(scratch_url), differences(before, catalogue(scratch_url))) == (head(), [])
    downgrade(scratch_url, revisions()[-2])


def test_an_endless_statement_is_ended(scratch_url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "BOUNDS", ("SET lock_timeout = '60s'", "SET statement_timeout = '200ms'"))
    upgrade(scratch_url)
    with connected(scratch_url) as holder:
        holder.exec_driver_sql(READ_ALL)
        with pytest.raises(MigrationBlocked) as refusal:
            downgrade(scratch_url, revisions()[-2])
    assert sqlstate(refusal.value) == QUERY_CANCELED
    assert current(scratch_url) == head()


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


def test_a_database_of_another_release_is_left_alone(scratch_url: sa.URL) -> None:
    upgrade(scratch_url)
    execute(scratch_url, "UPDATE alembic_version SET version_num = '9999'")
    before = catalogue(scratch_url)
    with pytest.raises(UnknownRevision) as refusal:
        upgrade(scratch_url)
    assert "9999" in str(refusal.value)
    assert (current(scratch_url), differences(before, catalogue(scratch_url))) == ("9999", [])


def test_no_lock_outlives_a_failed_migration(scratch_url: sa.URL) -> None:
    execute(scratch_url, "CREATE SCHEMA core")
    with pytest.raises(MigrationFailed):
        upgrade(scratch_url)
    held = rows(scratch_url, f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {OF_THIS_DATABASE}")
    assert held == [(0,)]

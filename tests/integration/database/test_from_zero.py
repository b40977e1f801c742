"""Building from zero: the migrations alone build the schema, only in a database that holds nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from app.checkout import ROOT
from app.database import from_zero
from app.database.from_zero import HoldsData, SchemaDrift, migrate_from_zero
from app.database.providers import Server
from app.database.revisions.migrate import current, head, revisions
from app.database.schema import metadata
from app.database.scratch import create_database, scratch_database
from tests.integration.database.conftest import Ready, catalogue, execute, rows

HOLDINGS = (
    "CREATE TABLE public.mine (a integer)",
    "CREATE SCHEMA mine; CREATE TABLE mine.mine (a integer) PARTITION BY LIST (a)",
    "CREATE MATERIALIZED VIEW public.mine AS SELECT 1 AS a",
    "SELECT lo_create(0)",
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the scratch databases that from_zero makes, without those that other tests make at the same time."""
    names: list[str] = []

    @contextmanager
    def noted(server_url: sa.URL, *arguments: Any, **options: Any) -> Iterator[sa.URL]:
        with scratch_database(server_url, *arguments, **options) as url:
            names.append(str(url.database))
            yield url

    monkeypatch.setattr(from_zero, "scratch_database", noted)
    return names


def left_of(server: Server, names: list[str]) -> set[str]:
    return {name for (name,) in rows(server.url, "SELECT datname FROM pg_database")} & set(names)


def test_a_scratch_database_is_built_and_removed(server: Server, made: list[str]) -> None:
    report = migrate_from_zero(server.url)
    assert (report.head, list(report.revisions), report.relations) == (head(), revisions(), len(metadata.tables))
    assert len(made) == 3
    assert not left_of(server, made)


def test_an_empty_database_may_be_named(server: Server, scratch_url: sa.URL) -> None:
    migrate_from_zero(server.url, database=scratch_url.database)
    assert current(scratch_url) == head()


@pytest.mark.parametrize("holding", HOLDINGS)
def test_a_database_that_holds_data_is_refused_by_name(holding: str, server: Server, scratch_url: sa.URL) -> None:
    execute(scratch_url, holding)
    before = catalogue(scratch_url)
    with pytest.raises(HoldsData) as refusal:
        migrate_from_zero(server.url, database=scratch_url.database)
    assert str(scratch_url.database) in str(refusal.value)
    assert (current(scratch_url), catalogue(scratch_url)) == (None, before)


def test_the_live_database_is_refused(server: Server, ready: Ready) -> None:
    before = catalogue(ready.url)
    with pytest.raises(HoldsData):
        migrate_from_zero(server.url, database=ready.url.database)
    assert catalogue(ready.url) == before


def commanded(url: sa.URL, name: object) -> subprocess.CompletedProcess[str]:
    """`python3 -m app migrate-from-zero --database NAME`, as a person types it."""
    environment = {"PATH": "", "DATABASE_URL": url.render_as_string(hide_password=False)}
    command = [sys.executable, "-m", "app", "migrate-from-zero", "--json", "--database", str(name)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_builds_in_an_empty_database_and_refuses_the_full_one(server: Server, scratch_url: sa.URL) -> None:
    first = commanded(server.url, scratch_url.database)
    assert (first.returncode, json.loads(first.stdout)["head"]) == (0, head())
    before = catalogue(scratch_url)
    again = commanded(server.url, scratch_url.database)
    assert again.returncode == 1
    assert str(scratch_url.database) in again.stderr
    assert len(again.stderr.splitlines()) == 1
    assert catalogue(scratch_url) == before


def test_drift_is_told_and_the_scratch_database_still_goes(
    server: Server, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sa.MetaData()
    for table in metadata.tables.values():
        table.to_metadata(other)
    other.remove(other.tables["core.skills"])
    monkeypatch.setattr(from_zero, "metadata", other)
    with pytest.raises(SchemaDrift) as refusal:
        migrate_from_zero(server.url)
    assert "core.skills: appeared" in str(refusal.value)
    assert made
    assert not left_of(server, made)


def test_scratch_databases_go_whatever_happens_in_them(server: Server) -> None:
    with pytest.raises(ZeroDivisionError), scratch_database(server.url, prefix="from_zero") as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        lingering = engine.connect()
        raise ZeroDivisionError
    lingering.invalidate()
    assert not left_of(server, [str(url.database)])


def test_a_scratch_database_is_a_copy_of_its_template(server: Server, template: Ready) -> None:
    with scratch_database(server.url, template=template.url.database) as url:
        assert catalogue(url) == catalogue(template.url)
    with scratch_database(server.url) as url, pytest.raises(sa.exc.ProgrammingError):
        create_database(server.url, str(url.database))

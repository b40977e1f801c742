"""Retention drops the snapshots that are too many and nothing else, and waits for no reader."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from app.commands.cli import app
from app.commands.tables import shown_retention
from app.ingestion.publishing import publish
from app.ingestion.run_result import Retained
from app.ingestion.runs.plant import working_on
from app.ingestion.runs.retention import retain
from app.ingestion.sheets.comparison import checksums
from tests.integration.ingestion.conftest import NewPlant, Plant, tables_of
from tests.integration.ingestion.factory import factory
from tests.integration.read_here import ingested_here

pytestmark = pytest.mark.usefixtures("read_here")

ROOT = Path(__file__).parents[3]


def present(plant: Plant) -> set[int]:
    """The runs that have tables; every one of them must have all."""
    tables = plant.run_tables()
    runs = {int(name.rpartition("_r")[2]) for name in tables}
    assert tables == tables_of(*runs)
    return runs


@pytest.fixture(scope="module")
def five_once(new_plant: NewPlant, begun_once: Plant) -> Iterator[Plant]:
    """A plant with five snapshots of the same content, to be copied."""
    with new_plant(begun_once) as plant:
        workbook = plant.workbook(factory())
        with ingested_here():
            for _ in range(4):
                plant.ingest_file(workbook, force=True, keep=9)
        yield plant


@pytest.fixture
def plant(new_plant: NewPlant, five_once: Plant) -> Iterator[Plant]:
    """A plant of the test's own with five snapshots, none dropped yet."""
    with new_plant(five_once) as plant:
        yield plant


@pytest.fixture
def five_runs(plant: Plant) -> list[int]:
    """The runs of the five snapshots."""
    return sorted(plant.statuses())


def test_ingestion_keeps_three_by_default(begun: Plant) -> None:
    workbook = begun.workbook(factory())
    runs = [begun.ingest_file(workbook, force=True).run_id for _ in range(3)]
    assert present(begun) == set(runs)


def test_the_newest_are_kept_and_whole_runs_dropped(plant: Plant, five_runs: list[int]) -> None:
    with plant.connection() as connection:
        before = checksums(connection, five_runs[-1])
    outcome = retain(plant.url, roles=plant.roles, keep=2)
    assert outcome.dropped == tuple(five_runs[:3])
    assert outcome.kept == tuple(five_runs[3:])
    assert present(plant) == set(five_runs[3:])
    facts = plant.rows("SELECT run_id FROM core.snapshot_facts")
    assert {run for (run,) in facts} == set(five_runs[3:])
    with plant.connection() as connection:
        assert checksums(connection, five_runs[-1]) == before
    assert len(plant.statuses()) == 5  # the record of a dropped run stays


def test_the_live_run_and_its_predecessor_are_never_dropped(plant: Plant, five_runs: list[int]) -> None:
    publish(plant.url, five_runs[1], roles=plant.roles)
    outcome = retain(plant.url, roles=plant.roles, keep=1)
    assert outcome.kept == (five_runs[0], five_runs[1], five_runs[4])
    assert present(plant) == set(outcome.kept)


def test_another_plants_snapshots_are_left_alone(plant: Plant, five_runs: list[int]) -> None:
    elsewhere = plant.ingest(factory(), plant="second").run_id
    retain(plant.url, roles=plant.roles, keep=1)
    assert present(plant) == {*five_runs[3:], elsewhere}


def test_keeping_nothing_is_an_error(plant: Plant) -> None:
    with pytest.raises(ValueError, match="at least one"):
        retain(plant.url, roles=plant.roles, keep=0)


@contextmanager
def reading(plant: Plant, run_id: int) -> Iterator[sa.Connection]:
    """A long repeatable-read transaction that has read one run and may read on."""
    with plant.connection(plant.roles.api) as connection:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert orders_of(connection, run_id) == 20
        yield connection


def orders_of(connection: sa.Connection, run_id: int) -> int:
    statement = sa.text("SELECT count(*) FROM core.work_orders WHERE run_id = :run_id")
    count: int = connection.execute(statement, {"run_id": run_id}).scalar_one()
    return count


def test_a_long_reader_postpones_a_drop_and_blocks_nobody(plant: Plant, five_runs: list[int]) -> None:
    with reading(plant, five_runs[0]) as reader:
        outcome = retain(plant.url, roles=plant.roles, keep=2)
        assert outcome.dropped == ()
        assert outcome.postponed == tuple(five_runs[:3])
        assert orders_of(reader, five_runs[0]) == 20
        with plant.connection(plant.roles.api) as another:
            another.exec_driver_sql("SET LOCAL statement_timeout = '100ms'")
            assert orders_of(another, five_runs[-1]) == 20
        assert plant.ingest(factory(), force=True).status == "PUBLISHED"
    retain(plant.url, roles=plant.roles, keep=2)
    assert len(present(plant)) == 2


def test_what_another_plant_left_half_detached_is_finished(plant: Plant, five_runs: list[int]) -> None:
    elsewhere = [plant.ingest(factory(), plant="north", force=True, keep=9).run_id for _ in range(3)]
    with reading(plant, elsewhere[0]):
        assert retain(plant.url, roles=plant.roles, plant="north", keep=1).postponed == (elsewhere[0],)
        half_detached = retain(plant.url, roles=plant.roles, keep=4)
        assert (half_detached.dropped, half_detached.readers) == ((), ("a session of prodplan",))
    assert retain(plant.url, roles=plant.roles, keep=2).dropped == tuple(five_runs[:3])
    assert retain(plant.url, roles=plant.roles, plant="north", keep=1).dropped == (elsewhere[0],)
    assert present(plant) == {*five_runs[3:], *elsewhere[1:]}


def test_an_ingestion_that_holds_up_a_drop_is_named(plant: Plant, five_runs: list[int]) -> None:
    readers: list[str] = []

    def retain_meanwhile(step: str, done: int, total: int | None) -> None:
        if (step, done) == ("publish", 0):
            with reading(plant, five_runs[0]):
                readers.extend(retain(plant.url, roles=plant.roles, keep=2).readers)

    plant.ingest(factory(), plant="north", keep=9)
    plant.ingest(factory(), plant="north", force=True, progress=retain_meanwhile)
    assert readers == ["a session of prodplan", "an ingestion of plant north"]


Command = Callable[..., Result]


@pytest.fixture
def commanded(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`retain` on the plant's database, in this process."""
    monkeypatch.setenv("DATABASE_URL", plant.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ROLE_PREFIX", plant.roles.prefix)
    monkeypatch.chdir(plant.folder)
    return lambda *arguments: CliRunner().invoke(app, ["retain", *arguments])


def retained_by_hand(plant: Plant) -> subprocess.CompletedProcess[str]:
    """`python3 -m app retain` on the plant's database, in a folder that has no settings of its own."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": plant.url.render_as_string(hide_password=False),
        "ROLE_PREFIX": plant.roles.prefix,
    }
    command = [sys.executable, "-m", "app", "retain"]
    return subprocess.run(command, cwd=plant.folder, env=environment, capture_output=True, text=True, check=False)


def test_the_command_drops_what_ingestion_would(plant: Plant, five_runs: list[int], commanded: Command) -> None:
    by_default = retained_by_hand(plant)
    assert (by_default.returncode, by_default.stderr) == (0, "")
    assert f"dropped {five_runs[0]}, {five_runs[1]}; kept {five_runs[2]}" in by_default.stdout
    done = commanded("--keep", "1", "--json")
    expected: dict[str, Any] = {
        "plant": "main",
        "kept": five_runs[3:],
        "dropped": five_runs[2:3],
        "postponed": [],
        "readers": [],
    }
    expected |= {"snapshots_in_database": 2}
    assert (done.exit_code, json.loads(done.stdout)) == (0, expected)
    assert present(plant) == set(five_runs[3:])


def test_the_command_tells_what_is_still_read(plant: Plant, five_runs: list[int], commanded: Command) -> None:
    with reading(plant, five_runs[0]):
        done = commanded("--keep", "4")
    assert done.exit_code == 1
    assert f"Still read by a session of prodplan, so not dropped: {five_runs[0]}." in done.stdout
    assert commanded("--keep", "0").exit_code == 2


def test_an_ingestion_tells_what_is_still_read(
    plant: Plant, five_runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", plant.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ROLE_PREFIX", plant.roles.prefix)
    workbook, reports = plant.workbook(factory()), plant.folder / "reports"
    monkeypatch.setenv("RETENTION_KEEP", "5")
    with reading(plant, five_runs[0]):
        done = CliRunner().invoke(app, ["ingest", str(workbook), "--force", "--reports", str(reports), "--json"])
    assert done.exit_code == 0, done.output
    retention = json.loads(done.stdout)["retention"]
    assert retention["postponed"] == five_runs[:1]
    assert (retention["readers"], retention["snapshots_in_database"]) == (["a session of prodplan"], 6)


def test_many_snapshots_in_one_database_are_warned_of() -> None:
    few, many = (Retained(kept=(1, 2), snapshots_in_database=count) for count in (99, 100))
    assert shown_retention("main", few).splitlines() == ["Plant main: dropped nothing; kept 1, 2."]
    assert "This database holds 100 snapshots" in shown_retention("main", many)


def test_the_command_says_when_the_plant_is_worked_on(plant: Plant) -> None:
    with working_on(plant.url, "main", plant.roles):
        done = retained_by_hand(plant)
    assert done.returncode == 1
    assert "Another ingestion, publication or retention of plant 'main' is at work" in done.stderr

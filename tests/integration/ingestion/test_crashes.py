"""Killed, failed, cut off: at every step nothing becomes visible, the run is recognisable, the next one is clean."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa

from app.database.errors import ServerUnreachable
from app.ingestion import pipeline
from app.ingestion.errors import IngestionFailed
from app.ingestion.runs.run_record import DIED
from app.ingestion.sheets.comparison import checksums
from app.workbook.errors import WorkbookRefused
from tests.integration.forked import Stem
from tests.integration.ingestion.conftest import Plant, tables_of
from tests.integration.ingestion.factory import ORDERS, factory, order
from tests.integration.ingestion.killing import killed_at
from tests.integration.read_here import ingested_here

STAGES = [("extract", 0), ("load", 3), ("merge", 0), ("merge", 9), ("validate", 0), ("publish", 0), ("publish", 1)]


@pytest.mark.parametrize(("step", "done"), STAGES)
def test_a_killed_run_changes_nothing_and_the_next_succeeds(stem: Stem, begun: Plant, step: str, done: int) -> None:
    plant, first = begun, begun.live()
    assert first is not None
    with plant.connection() as connection:
        before = checksums(connection, first)
    rows = factory()
    rows[ORDERS].append(order(20))
    workbook = plant.workbook(rows)
    killed_at(stem, plant, workbook, step, done)
    assert plant.live() == first
    after = plant.ingest_file(workbook)
    assert plant.live() == after.run_id
    assert [one.inserted for one in after.sheets if one.sheet == ORDERS] == [1]
    assert plant.value("SELECT failure FROM audit.ingestion_runs WHERE status = 'FAILED'") == DIED
    with plant.connection() as connection:
        assert checksums(connection, first) == before
    assert plant.run_tables() == tables_of(first, after.run_id)


def fail_at(step: str, done: int, act: Callable[[], None]) -> Callable[[str, int, int | None], None]:
    def progress(at: str, count: int, total: int | None) -> None:
        if (at, count) == (step, done):
            act()

    return progress


@pytest.mark.parametrize(("step", "done"), STAGES)
def test_a_failing_run_is_marked_and_leaves_no_trace(plant: Plant, step: str, done: int) -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(IngestionFailed, match="nothing changed"):
        plant.ingest(factory(), progress=fail_at(step, done, fail), reports_dir=plant.folder / "reports")
    assert plant.live() is None
    assert list(plant.statuses().values()) == ["FAILED"]
    assert "No space left" in plant.value("SELECT failure FROM audit.ingestion_runs")
    assert not list((plant.folder / "reports").glob("*"))
    with ingested_here():
        after = plant.ingest(factory())
    assert plant.run_tables() == tables_of(after.run_id)


@pytest.mark.parametrize(("step", "done"), STAGES)
def test_a_lost_connection_fails_the_run(plant: Plant, step: str, done: int) -> None:
    def cut() -> None:
        with plant.connection() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(backend_pid, 5000) FROM audit.ingestion_runs WHERE status = 'RUNNING'"
            )

    with pytest.raises(IngestionFailed):
        plant.ingest(factory(), progress=fail_at(step, done, cut))
    assert plant.live() is None
    assert list(plant.statuses().values()) == ["FAILED"]
    with ingested_here():
        assert plant.ingest(factory()).status == "PUBLISHED"


def test_an_interruption_is_passed_on_and_recorded(plant: Plant) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plant.ingest(factory(), progress=fail_at("merge", 9, interrupt))
    assert plant.rows("SELECT status, failure FROM audit.ingestion_runs") == [("FAILED", "KeyboardInterrupt")]


def test_a_refused_workbook_is_recorded_as_refused(plant: Plant) -> None:
    broken = plant.folder / "broken.xlsx"
    broken.write_bytes(b"not a workbook")
    with pytest.raises(WorkbookRefused):
        plant.ingest_file(broken)
    assert list(plant.statuses().values()) == ["REFUSED"]
    with pytest.raises(WorkbookRefused):
        plant.ingest_file(plant.folder / "absent.xlsx")


def append(workbook: Path) -> None:
    with workbook.open("ab") as file:
        file.write(b" ")


def halve(workbook: Path) -> None:
    os.truncate(workbook, workbook.stat().st_size // 2)


@pytest.mark.parametrize(
    ("change", "moment", "code"),
    [
        (append, ("load", 9), "CHANGED"),
        (halve, ("extract", 0), "CHANGED"),
        (halve, ("load", 9), "CHANGED"),
        (Path.unlink, ("load", 9), "NOT_FOUND"),
    ],
)
def test_a_workbook_that_changes_while_it_is_read_is_refused(
    plant: Plant, change: Callable[[Path], None], moment: tuple[str, int], code: str
) -> None:
    workbook = plant.workbook(factory())
    with pytest.raises(WorkbookRefused) as refused:
        plant.ingest_file(workbook, progress=fail_at(*moment, lambda: change(workbook)))
    assert refused.value.code == code
    assert refused.value.exit_code == 3
    assert list(plant.statuses().values()) == ["REFUSED"]
    assert plant.live() is None


@pytest.mark.parametrize("reachable", [True, False])
def test_a_lost_reply_to_the_last_commit_is_no_failure_of_the_run(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, reachable: bool
) -> None:
    def lose_the_reply(connection: sa.Connection, run_id: int) -> None:
        close_run(connection, run_id)
        commit = connection.commit

        def committed_unheard() -> None:
            commit()
            connection.invalidate()
            if not reachable:
                monkeypatch.setattr(pipeline, "live_elsewhere", unreachable)
            raise sa.exc.OperationalError("COMMIT", None, psycopg2.OperationalError("server closed the connection"))

        monkeypatch.setattr(connection, "commit", committed_unheard)

    def unreachable(*_: object) -> None:
        raise ServerUnreachable("nobody answers")

    close_run = pipeline.close_run
    monkeypatch.setattr(pipeline, "close_run", lose_the_reply)
    workbook = plant.workbook(factory())
    with pytest.raises(IngestionFailed, match="is live, but the reply" if reachable else "may be live") as failure:
        plant.ingest_file(workbook)
    assert "nothing changed" not in str(failure.value)
    assert list(plant.statuses().values()) == ["PUBLISHED"]
    monkeypatch.undo()
    assert plant.ingest_file(workbook).status == "NO_OP"

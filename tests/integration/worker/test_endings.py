"""The end of a request, in one process: by its worker after the run's end, or by another."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from app.api.http.problems import Problem
from app.api.http.receiving import admitted
from app.config import Settings, load_settings
from app.ingestion.options import Allowed
from app.ingestion.publishing import publish
from app.ingestion.reports.rejected_workbook import write_rejected_rows
from app.ingestion.reports.run_report import run_report
from app.ingestion.requests.inbox import Inbox, Stored
from app.ingestion.requests.request_queue import (
    NewRequest,
    bury_dead_requests,
    request_ingestion,
    request_publication,
)
from app.ingestion.run_result import Published
from app.ingestion.runs.run_history import find_run
from app.ingestion.runs.run_record import close_run
from app.workbook.opc.digest import sha256_of
from app.worker import carrying
from app.worker.carrying import Station, carry_out
from tests.integration.ingestion.factory import ORDERS, Rows, save
from tests.integration.worker.conftest import Plant

RUNNING = (
    "INSERT INTO audit.ingestion_runs"
    " (run_id, plant, excel_sha256, workbook_name, requested_by, status, backend_pid)"
    " SELECT run_id, plant, excel_sha256, workbook_name, requested_by, 'RUNNING', 0"
    " FROM audit.ingestion_requests WHERE run_id ="
)


def settings_of(plant: Plant, /, **given: object) -> Settings:
    inbox = plant.inbox
    return load_settings(_env_file=None, upload_dir=inbox.uploads, export_dir=inbox.exports, **given)


def carried_out(plant: Plant, run_id: int, /, **given: object) -> None:
    station = Station(settings_of(plant, **given), plant.url, plant.roles)
    carry_out(station, run_id, must_stop=lambda: False, last_attempt=True)


def asked_again(plant: Plant, run_id: int) -> int:
    """A second request for the very file of another one, as a retry makes it."""
    ((file,),) = plant.rows("SELECT file FROM audit.ingestion_requests WHERE run_id = :run_id", run_id=run_id)
    stored = Stored("UPLOAD", file, plant.inbox.uploads / file)
    with plant.connection(plant.roles.api) as connection:
        again = request_ingestion(connection, NewRequest("main", stored, sha256_of(stored.path), "test"))
        connection.commit()
    return again


def test_run_that_is_live_ended_as_published_although_what_followed_failed(plant: Plant, example: Rows) -> None:
    run_id = plant.ask(example)
    carried_out(plant, run_id, feature_gates_file=plant.folder)
    run = plant.run(run_id)
    assert plant.live() == run_id
    assert (run.status, run.result_run_id, run.is_live, run.retryable) == ("PUBLISHED", run_id, True, False)
    assert run.failure is not None
    assert run.failure.code == "INGESTION_FAILED"
    assert str(plant.folder.parent) not in run.failure.detail
    assert plant.uploads() == []


def rewritten(workbook: Path, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed."""
    sink = BytesIO()
    with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name in source.namelist():
            text = source.read(name)
            book.writestr(name, change(text) if name == part else text)
    return sink.getvalue()


def test_hostile_files_are_read_or_refused_and_the_next_request_is_carried_out(
    plant: Plant, example: Rows, tmp_path: Path
) -> None:
    book = save(tmp_path / "whole.xlsx", example)
    orders, strings = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t> </t></is></c></row></sheetData>'
    files = {
        "TOO_DEMANDING": rewritten(book, strings, lambda xml: xml.replace(b"<t>", b"<t>" + b" " * 110_000_000, 1)),
        "a cell far away": rewritten(book, orders, lambda xml: xml.replace(b"</sheetData>", far)),
        "a lying count": rewritten(
            book, strings, lambda xml: re.sub(rb'(uniqueCount)="\d+"', rb'\1="4294967295"', xml)
        ),
    }
    for name, content in files.items():
        run_id = plant.ask(content)
        (upload,) = plant.inbox.uploads.rglob("*.xlsx")
        assert len(admitted(upload, 4096)) == 64
        carried_out(plant, run_id)
        run = plant.run(run_id)
        assert (run.status, run.retryable) == ("REFUSED" if name == "TOO_DEMANDING" else "PUBLISHED", False), name
        assert run.failure is None or run.failure.code == name
    assert plant.uploads() == []


def test_request_whose_job_is_in_the_queue_is_ended_by_its_worker_alone(plant: Plant, example: Rows) -> None:
    run_id = plant.ask(example)
    with plant.connection(plant.roles.ingest) as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit.ingestion_runs"
            " (run_id, plant, excel_sha256, workbook_name, requested_by, status, failure, backend_pid)"
            " SELECT run_id, plant, excel_sha256, workbook_name, requested_by, 'REFUSED', 'too small', 0"
            f" FROM audit.ingestion_requests WHERE run_id = {run_id}"
        )
        bury_dead_requests(connection, "main")
        connection.commit()
    assert plant.rows("SELECT ended_as, code FROM audit.ingestion_requests") == [(None, None)]
    with plant.connection() as connection:
        connection.exec_driver_sql("SET LOCAL search_path = queue")
        connection.exec_driver_sql("DELETE FROM procrastinate_jobs")
        bury_dead_requests(connection, "main")
        connection.commit()
    assert plant.rows("SELECT ended_as, code FROM audit.ingestion_requests") == [("REFUSED", "WORKER_DIED")]


def give_up(plant: Plant) -> None:
    """End the requests as another worker does that hears nothing of their own."""
    with plant.connection() as connection:
        connection.exec_driver_sql("SET LOCAL search_path = queue")
        connection.exec_driver_sql("DELETE FROM procrastinate_jobs")
        bury_dead_requests(connection, "main")
        connection.commit()


def test_request_that_is_given_up_before_its_run_begins_changes_nothing(
    plant: Plant, example: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is told as FAILED, so the late worker must not make it live."""
    run_id = plant.ask(example)
    kept = Inbox.kept

    def late(inbox: Inbox, source: str, file: str) -> Stored:
        give_up(plant)
        return kept(inbox, source, file)

    monkeypatch.setattr(Inbox, "kept", late)
    carried_out(plant, run_id)
    run = plant.run(run_id)
    assert plant.live() is None
    assert (run.status, run.failure and run.failure.code) == ("FAILED", "WORKER_DIED")
    assert plant.rows("SELECT run_id FROM audit.ingestion_runs") == []


def test_rollback_that_is_given_up_before_it_is_done_changes_nothing(
    plant: Plant, example: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = plant.ask(example)
    carried_out(plant, first)
    live = plant.ask({**example, ORDERS: example[ORDERS][:-1]}, force=True, allowed=Allowed(shrink=True))
    carried_out(plant, live)
    assert plant.live() == live
    with plant.connection(plant.roles.api) as connection:
        ((sha256,),) = plant.rows("SELECT excel_sha256 FROM audit.ingestion_runs WHERE run_id = :run", run=first)
        asked = request_publication(connection, "main", first, sha256, "export.xlsx", "test")
        connection.commit()

    def late(*arguments: Any, **options: Any) -> Published:
        give_up(plant)
        return publish(*arguments, **options)

    monkeypatch.setattr(carrying, "publish", late)
    carried_out(plant, asked)
    assert plant.live() == live
    assert plant.run(asked).status == "FAILED"


@pytest.mark.parametrize("refused", [False, True])
def test_upload_that_another_request_waits_for_is_kept(plant: Plant, example: Rows, refused: bool) -> None:
    first = plant.ask(b"no workbook" if refused else example)
    second = asked_again(plant, first)
    carried_out(plant, first)
    assert len(plant.uploads()) == 1
    carried_out(plant, second)
    assert plant.run(second).status == ("REFUSED" if refused else "NO_OP")
    assert plant.uploads() == []


def test_upload_that_is_gone_fails_its_run_without_saying_where_it_lay(plant: Plant, example: Rows) -> None:
    run_id = plant.ask(example)
    (file,) = plant.inbox.uploads.glob("*/*")
    file.unlink()
    carried_out(plant, run_id)
    run = plant.run(run_id)
    assert run.failure is not None
    assert (run.status, run.failure.code) == ("FAILED", "EXPORT_NOT_FOUND")
    assert str(plant.folder) not in run.failure.detail


def test_fault_of_the_worker_is_in_its_log_and_not_in_the_answer(
    plant: Plant, example: Rows, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*given: object, **options: object) -> None:
        raise OSError(28, "No space left on device", str(plant.folder / "secret"))

    monkeypatch.setattr("app.worker.carrying.ingest", broken)
    run_id = plant.ask(example)
    carried_out(plant, run_id)
    run = plant.run(run_id)
    assert run.failure is not None
    assert (run.status, run.failure.code) == ("FAILED", "INTERNAL_ERROR")
    assert Path(plant.folder).name not in run.failure.detail
    assert "No space left on device" in caplog.text


def test_run_that_ends_while_it_is_looked_at_is_not_taken_for_dead(plant: Plant, example: Rows) -> None:
    run_id = plant.ask(example)
    with plant.connection(plant.roles.api) as early:
        early.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with plant.connection(plant.roles.ingest) as connection:
            connection.exec_driver_sql(f"{RUNNING} {run_id}")
            connection.commit()
        assert early.exec_driver_sql("SELECT status FROM audit.ingestion_runs").scalars().all() == ["RUNNING"]
        with plant.connection(plant.roles.ingest) as connection:
            close_run(connection, run_id)
            connection.commit()
        seen = find_run(early, "main", run_id)
    assert seen is not None
    assert (seen.status, seen.failure) == ("PUBLISHED", None)


def test_refusal_says_the_name_of_a_file_and_not_where_it_lies(tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        admitted(tmp_path / "absent.xlsx", 1)
    assert (refused.value.status, refused.value.code) == (422, "NOT_FOUND")
    assert str(tmp_path) not in refused.value.detail
    assert "absent.xlsx" in refused.value.detail


def test_run_whose_rows_are_refused_is_refused_with_its_rejects_and_never_retried(plant: Plant, example: Rows) -> None:
    for cells in example[ORDERS]:
        cells[1] = 45_352.0
    run_id = plant.ask(example)
    carried_out(plant, run_id)
    run = plant.run(run_id)
    assert (run.status, run.retryable, run.is_live) == ("REFUSED", False, False)
    assert run.failure is not None
    assert run.failure.code == "REJECTS_REFUSED"
    assert "Of_DataCriacao, row 2: 45352 is a number, not a date; 20 of 20 rows" in run.failure.detail
    assert run.failure.detail.endswith("if the factory can do without them.")
    with plant.connection(plant.roles.api) as connection:
        report = run_report(connection, run_id)
        write_rejected_rows(
            lambda statement, wanted: connection.execute(statement, wanted).all(),
            plant.folder / "rejected.xlsx",
            run_id=run_id,
            excel_sha256=run.excel_sha256,
        )
    assert report is not None
    assert {sheet.sheet: sheet.rows_rejected for sheet in report.sheets}[ORDERS] == 20
    allowed = plant.ask(example, allowed=Allowed(rejects=True))
    carried_out(plant, allowed)
    assert (plant.run(allowed).status, plant.run(allowed).allow_rejects) == ("PUBLISHED", True)

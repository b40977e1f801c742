"""Ingestions over HTTP: from the upload to the answers of the new run, and what becomes of a file that is none."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest

from app.api.http.receiving import XLSX
from app.contract import SHEET_BY_NAME
from app.database.schema.queue import MOST_WAITING
from tests.integration.api.conftest import Factory
from tests.integration.ingestion.factory import Rows, save
from tests.integration.waiting import until
from tests.integration.worker.conftest import Plant, StartWorker

RUNS = "/api/ingestion/runs"


@pytest.fixture
def content(example: Rows, tmp_path: Path) -> bytes:
    """A whole workbook."""
    return save(tmp_path / "whole.xlsx", example).read_bytes()


@pytest.fixture
def service(plant: Plant) -> Iterator[httpx.Client]:
    """The API on the plant's database and inbox."""
    inbox = plant.inbox
    limits = {"rate_ingestion": "1000/minute", "max_upload_mb": 2, "max_body_mb": 1, "max_expanded_mb": 5}
    factory = Factory(plant.url, plant.roles, plant.folder)
    with factory.api(upload_dir=inbox.uploads, export_dir=inbox.exports, **limits) as client:
        yield client


def upload(service: httpx.Client, content: bytes | Iterator[bytes], **query: str | bool) -> httpx.Response:
    return service.post(RUNS, content=content, headers={"Content-Type": XLSX}, params=query)


def ended(service: httpx.Client, run_id: int) -> dict[str, object]:
    def look() -> dict[str, object]:
        found: dict[str, object] = service.get(f"{RUNS}/{run_id}").raise_for_status().json()
        return found

    run: dict[str, object] = until(look, lambda run: run["status"] not in ("QUEUED", "RUNNING"))
    return run


def test_uploaded_workbook_becomes_the_run_that_every_answer_is_of(
    service: httpx.Client, start_worker: StartWorker, content: bytes
) -> None:
    start_worker()
    asked = upload(service, content, name="Folha IA.xlsx")
    assert (asked.status_code, asked.json()["status"]) == (202, "QUEUED")
    run_id = asked.json()["run_id"]
    run = ended(service, run_id)
    assert (run["status"], run["is_live"], run["requested_by"]) == ("PUBLISHED", True, "key ephemeral")
    assert service.get("/api/kpis/overview").json()["run_id"] == run_id
    sheets = {sheet["sheet"]: sheet for sheet in service.get(f"{RUNS}/{run_id}/report").json()["sheets"]}
    assert sheets.keys() == SHEET_BY_NAME.keys()
    assert sheets["Funcionarios"]["rejects_by_reason"] == {"DUPLICATE_ROW": 1}
    answer = service.get(f"{RUNS}/{run_id}/rejected.xlsx")
    assert answer.headers["content-type"] == XLSX
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content))["Funcionarios"].iter_rows(values_only=True))
    assert [row[1] for row in rows] == ["Código", "DUPLICATE_ROW"]
    whole = service.get(f"{RUNS}/{run_id}/rejected.csv")
    assert whole.headers["content-type"] == "text/csv; charset=utf-8"
    head, *lines = list(csv.reader(io.StringIO(whole.content.decode("utf-8-sig"))))
    assert head[:6] == ["Sheet", "Excel row", "Code", "Reason", "Of_Id", "Of_DataCriacao"]
    assert "Funcionario_Nome" not in head
    assert [(line[0], int(line[1]), line[2]) for line in lines] == [("Funcionarios", rows[1][0], "DUPLICATE_ROW")]
    listed = service.get(RUNS, params={"limit": 1}).json()
    assert ([run["run_id"] for run in listed["runs"]], listed["next_before"]) == ([run_id], None)


def test_export_is_requested_by_its_path(
    service: httpx.Client, start_worker: StartWorker, plant: Plant, content: bytes
) -> None:
    (plant.folder / "exports" / "2026").mkdir(parents=True)
    (plant.folder / "exports" / "2026" / "a.xlsx").write_bytes(content)
    start_worker()
    asked = service.post(RUNS, json={"path": "2026/a.xlsx"})
    assert asked.status_code == 202, asked.text
    run = ended(service, asked.json()["run_id"])
    assert (run["status"], run["source"], run["workbook_name"]) == ("PUBLISHED", "FOLDER", "a.xlsx")
    assert (plant.folder / "exports" / "2026" / "a.xlsx").read_bytes() == content


def without_sheet(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as given:
        parts = {name: given.read(name) for name in given.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b'name="Fases"', b'name="Outras"')
    return zipped(parts)


def with_entities(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as given:
        parts = {name: given.read(name) for name in given.namelist()}
    sheet = next(name for name in parts if name.startswith("xl/worksheets/"))
    parts[sheet] = parts[sheet].replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "a"><!ENTITY b "&a;&a;">]>', 1)
    return zipped(parts)


def bomb(content: bytes) -> bytes:
    return zipped({"xl/workbook.xml": b"<workbook/>", "xl/zeros.xml": b"\0" * 20_000_000})


def zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


BAD: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    "nothing": (lambda content: b"", 415, "NOT_XLSX"),
    "text": (lambda content: b"Of_Id;Of_DataCriacao\n1;2", 415, "NOT_XLSX"),
    "old xls": (lambda content: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content, 422, "ENCRYPTED"),
    "half": (lambda content: content[: len(content) // 2], 422, "DAMAGED"),
    "zip bomb": (bomb, 413, "TOO_LARGE"),
    "no sheet": (without_sheet, 422, "MISSING_SHEET"),
    "entities": (with_entities, 422, "UNSAFE_XML"),
    "larger than taken": (lambda content: b"PK" + b"\0" * 2_000_000, 413, "BODY_TOO_LARGE"),
}


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("kind", BAD)
def test_file_that_is_no_workbook_is_refused_at_once_and_nothing_of_it_is_kept(
    service: httpx.Client, plant: Plant, content: bytes, kind: str, chunked: bool
) -> None:
    spoil, status, code = BAD[kind]
    sent = spoil(content)
    answer = upload(service, iter([sent[:700_000], sent[700_000:]]) if chunked else sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert str(plant.folder) not in answer.text
    assert not plant.inbox.uploads.exists() or list(plant.inbox.uploads.iterdir()) == []
    assert plant.rows("SELECT count(*) FROM audit.ingestion_requests") == [(0,)]


@pytest.mark.parametrize("path", ["../whole.xlsx", "/etc/passwd", "absent.xlsx", "a\0.xlsx", "./..//./x.xlsx"])
def test_path_that_leads_out_of_the_folder_is_refused_by_its_parameter(
    service: httpx.Client, plant: Plant, content: bytes, path: str
) -> None:
    (plant.folder / "exports").mkdir()
    (plant.folder / "whole.xlsx").write_bytes(content)
    answer = service.post(RUNS, json={"path": path})
    said = answer.json()
    assert (answer.status_code, said["code"], said["errors"][0]["parameter"]) == (422, "EXPORT_NOT_FOUND", "path")


@pytest.mark.parametrize("name", ["../../../x.xlsx", "/etc/cron.d/x", "C:\\x.xlsx", "a\nb.xlsx"])
def test_name_of_an_upload_leads_nowhere(service: httpx.Client, plant: Plant, content: bytes, name: str) -> None:
    assert upload(service, content, name=name).status_code == 202
    (kept,) = plant.uploads()
    (file,) = plant.inbox.uploads.glob(f"*/{kept}")
    assert file.read_bytes() == content
    assert "/" not in kept


def test_body_of_another_kind_is_refused(service: httpx.Client) -> None:
    answer = service.post(RUNS, content=b"x", headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    for body in (b"{", b"[]", b"{}", b'{"path": 1}', b'{"path": "a.xlsx", "more": 1}', b"\xff"):
        answer = service.post(RUNS, content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_PARAMETER"), body


def test_path_is_no_larger_than_a_small_body_whatever_an_upload_may_be(service: httpx.Client) -> None:
    body = b'{"path": "%s"}' % (b"a" * 1_000_000)
    for content in (body, iter([body[:10], body[10:]])):
        answer = service.post(RUNS, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_retry_of_an_export_that_is_no_workbook_any_more_is_refused_as_the_document_declares(
    service: httpx.Client, plant: Plant, content: bytes
) -> None:
    (plant.folder / "exports").mkdir()
    export = plant.folder / "exports" / "a.xlsx"
    export.write_bytes(content)
    run_id = service.post(RUNS, json={"path": "a.xlsx"}).json()["run_id"]
    with plant.connection() as connection:
        connection.exec_driver_sql("UPDATE audit.ingestion_requests SET ended_as = 'FAILED', failure = 'x', code = 'X'")
        connection.commit()
    declared = service.get("/api/openapi.json").json()["paths"][f"{RUNS}/{{run_id}}/retry"]["post"]["responses"]
    with zipfile.ZipFile(export, "a") as archive:
        archive.comment = b"another file"
    other = export.read_bytes()
    spoils: list[tuple[Callable[[], bytes], int]] = [
        (lambda: b"text", 415),
        (lambda: bomb(content), 413),
        (lambda: content[:5000], 422),
        (lambda: other, 409),
    ]
    for spoil, status in spoils:
        export.write_bytes(spoil())
        assert service.post(f"{RUNS}/{run_id}/retry").status_code == status
        assert str(status) in declared


def test_full_queue_takes_no_more_and_keeps_nothing(service: httpx.Client, plant: Plant, content: bytes) -> None:
    for _ in range(MOST_WAITING):
        assert upload(service, content).status_code == 202
    answer = upload(service, content)
    assert (answer.status_code, answer.json()["code"]) == (429, "QUEUE_FULL")
    assert "retry-after" in answer.headers
    assert len(plant.uploads()) == MOST_WAITING


def test_failed_run_is_asked_for_again_with_the_same_file(
    service: httpx.Client, start_worker: StartWorker, plant: Plant, content: bytes
) -> None:
    worker = start_worker(impatient=True)
    with plant.blocked("audit.rejected_rows"):
        run_id = upload(service, content, name="a.xlsx", allow_shrink=True).json()["run_id"]
        plant.held_up(run_id)
        assert service.post(f"{RUNS}/{run_id}/retry").json()["code"] == "NOT_RETRYABLE"
        worker.kill()
        worker.wait()
        failed = ended(service, run_id)
    assert (failed["status"], failed["retryable"]) == ("FAILED", True)
    again = service.post(f"{RUNS}/{run_id}/retry")
    assert again.status_code == 202, again.text
    assert (failed["retry_of"], again.json()["retry_of"]) == (None, run_id)
    start_worker(impatient=True)
    run = ended(service, again.json()["run_id"])
    assert (run["status"], run["workbook_name"], run["allow_shrink"]) == ("PUBLISHED", "a.xlsx", True)
    assert until(plant.uploads, lambda left: not left) == []
    gone = service.post(f"{RUNS}/{run_id}/retry")
    assert (gone.status_code, gone.json()["code"]) == (409, "NOT_RETRYABLE")


def test_run_without_a_report_says_so(service: httpx.Client, content: bytes) -> None:
    run_id = upload(service, content).json()["run_id"]
    for path in ("report", "rejected.xlsx", "rejected.csv"):
        answer = service.get(f"{RUNS}/{run_id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "NO_REPORT")
        assert service.get(f"{RUNS}/{run_id + 1}/{path}").json()["code"] == "RUN_NOT_FOUND"


def test_pages_of_runs_hold_each_run_once(service: httpx.Client, content: bytes) -> None:
    asked = [upload(service, content).json()["run_id"] for _ in range(5)]
    seen, before = [], None
    while True:
        page = service.get(RUNS, params={"limit": 2} | ({"before": before} if before else {})).json()
        seen += [run["run_id"] for run in page["runs"]]
        before = page["next_before"]
        if before is None:
            break
    assert seen == asked[::-1]

"""A workbook as the one file of a form: queued and bounded as one that is the body; nothing of a refused one stays."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.http.body_bounds import MEGABYTE
from tests.integration.api import workbooks
from tests.integration.api.conftest import NewFactory
from tests.integration.api.requests.test_problems import refused
from tests.integration.api.runs.test_uploads import answered
from tests.integration.waiting import until

RUNS = "/api/ingestion/runs"


@pytest.fixture(scope="module")
def service(new_factory: NewFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Path]]:
    folder = tmp_path_factory.mktemp("uploads")
    with (
        new_factory() as factory,
        factory.api(upload_dir=folder, max_upload_mb=1, rate_ingestion="1000/minute") as client,
    ):
        yield client, folder


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workbooks.write(tmp_path_factory.mktemp("book") / "exportação.xlsx", workbooks.factory(3))


def kept(folder: Path) -> list[str]:
    # os.walk, because rglob of Python 3.11 fails when the API removes a folder that it is reading.
    return sorted(name for _, _, names in os.walk(folder) for name in names if name.endswith(".xlsx"))


def test_workbook_of_a_form_is_queued_by_its_name(service: tuple[httpx.Client, Path], book: Path) -> None:
    client, folder = service
    before = kept(folder)
    sent = client.post(RUNS, files={"file": (book.name, book.read_bytes())})
    assert (sent.status_code, sent.json()["workbook_name"]) == (202, "exportação.xlsx")
    assert sent.headers["location"].endswith(str(sent.json()["run_id"]))
    named = client.post(f"{RUNS}?name=monday.xlsx&force=true", files={"file": (book.name, book.read_bytes())})
    assert (named.status_code, named.json()["workbook_name"]) == (202, "monday.xlsx")
    assert kept(folder) == sorted([*before, "exportação.xlsx", "monday.xlsx"])


def test_curl_sends_a_workbook(service: tuple[httpx.Client, Path], book: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    client, _ = service
    authorization = f"Authorization: {client.headers['Authorization']}"
    command = [curl, "-sS", "-H", authorization, "-F", f"file=@{book}", str(client.base_url.join(RUNS))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert '"status":"QUEUED"' in done.stdout, done


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"workbook": ("a.xlsx", b"PK")}, "not named file"),
        ([("file", ("a.xlsx", b"PK")), ("file", ("b.xlsx", b"PK"))], "a second part"),
        ({"file": (None, b"PK")}, "is no file"),
    ],
)
def test_form_that_is_not_one_file_is_refused(service: tuple[httpx.Client, Path], files: Any, words: str) -> None:
    client, folder = service
    before = kept(folder)
    body = refused(client.post(RUNS, files=files), 422, "NOT_ONE_FILE")
    assert words in body["detail"]
    assert kept(folder) == before


def test_what_is_no_workbook_is_refused_in_a_form_too(service: tuple[httpx.Client, Path]) -> None:
    client, folder = service
    before = kept(folder)
    refused(client.post(RUNS, files={"file": ("a.xlsx", b"no workbook")}), 415, "NOT_XLSX")
    refused(client.post(RUNS, files={"file": ("a.xlsx", b"")}), 415, "NOT_XLSX")
    refused(client.post(RUNS, files={"file": ("a.xlsx", b"x" * (MEGABYTE + 1))}), 413, "BODY_TOO_LARGE")
    refused(client.post(RUNS, content=b"x", headers={"Content-Type": "multipart/form-data"}), 422, "NOT_ONE_FILE")
    assert kept(folder) == before


def test_form_that_is_cut_in_the_middle_leaves_nothing(service: tuple[httpx.Client, Path], book: Path) -> None:
    client, folder = service
    before = kept(folder)
    built = client.build_request("POST", RUNS, files={"file": ("a.xlsx", book.read_bytes())})
    whole = built.read()
    for body in (whole[:-5], whole[: len(whole) // 2]):
        headers = {"Content-Type": built.headers["Content-Type"]}
        refused(client.post(RUNS, content=body, headers=headers), 400, "BODY_CUT_SHORT")
    head = f"POST {RUNS} HTTP/1.1\r\nHost: x\r\nContent-Type: {built.headers['Content-Type']}\r\n"
    head += f"Content-Length: {len(whole)}\r\nAuthorization: {client.headers['Authorization']}\r\n\r\n"
    ended = answered(client, "400")
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as sender:
        sender.sendall(head.encode() + whole[: len(whole) // 2])
    until(lambda: answered(client, "400") > ended)
    assert kept(folder) == before


def test_document_describes_the_form(service: tuple[httpx.Client, Path]) -> None:
    client, _ = service
    described = client.get("/api/openapi.json").json()["paths"][RUNS]["post"]["requestBody"]["content"]
    assert described["multipart/form-data"]["schema"]["required"] == ["file"]

"""A few workbooks of the corpus by real HTTP and real reading processes, in several pieces: their ways end as the
corpus says. One API, one database and one plant for all of them, and no process but the readers."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.http.receiving import XLSX
from app.config import Settings
from app.database.access.roles import Roles
from app.database.providers import Server
from app.database.scratch import scratch_database
from app.workbook.scanning.sheet_stream import PIECE_BYTES
from app.worker.carrying import Station, carry_out
from tests.corpus.base import ROWS
from tests.corpus.case import REFUSED, Case
from tests.corpus.cases import CASES
from tests.corpus.independent import values_of
from tests.corpus.reading import MOST_MB
from tests.integration.api.conftest import Factory

RUNS = "/api/ingestion/runs"
PADDING_BYTES = PIECE_BYTES * 2 // ROWS
PADDED = "xl/worksheets/sheet7.xml"
CHOSEN = (
    "a row of another namespace",
    "a cell twice",
    "millions of blanks in a shared text",
    "two orders of twelve have a text for a date",
    "most rows but identical repeats have one key and other content",
    "a value beside the columns of the contract alone",
    "rows with gaps",
)
SAMPLE = [case for name in CHOSEN for case in CASES if case.name == name]


def padded(path: Path) -> Path:
    """The workbook with one sheet of several pieces: its rows have a long attribute that says nothing."""
    long = path.with_name(f"long {path.name}")
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(long, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in book.infolist():
            content = book.read(entry)
            if entry.filename == PADDED:
                content = content.replace(b'<row r="', b'<row x="' + b"x" * PADDING_BYTES + b'" r="', 1)
                content = content.replace(b'"><c r="A', b'" y="' + b"y" * PADDING_BYTES + b'"><c r="A')
                assert len(content) > 2 * PIECE_BYTES
            copy.writestr(entry, content)
    return long


@pytest.fixture(scope="module")
def factory(server: Server, template: tuple[str, Roles], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    name, roles = template
    with scratch_database(server.url, template=name, prefix="http") as url:
        yield Factory(url, roles, tmp_path_factory.mktemp("http"))


@pytest.fixture(scope="module")
def station(factory: Factory) -> Station:
    settings = Settings(
        _env_file=None,
        upload_dir=factory.folder / "uploads",
        export_dir=factory.folder / "exports",
        max_expanded_mb=MOST_MB,
        reports_dir=factory.folder / "reports",
    )
    return Station(settings, factory.url, factory.roles)


@pytest.fixture(scope="module")
def client(factory: Factory, station: Station) -> Iterator[httpx.Client]:
    settings = station.settings
    with factory.api(upload_dir=settings.upload_dir, export_dir=settings.export_dir, max_expanded_mb=MOST_MB) as client:
        yield client


def ended(client: httpx.Client, station: Station, path: Path) -> dict[str, Any]:
    """The upload's end, at the door or in its run: status, code, failure."""
    options = {"name": path.name} | dict.fromkeys(("force", "allow_shrink", "allow_older", "allow_implausible"), "true")
    answer = client.post(RUNS, content=path.read_bytes(), headers={"Content-Type": XLSX}, params=options)
    found: dict[str, Any] = answer.json()
    if answer.status_code != 202:
        return {"status": "REFUSED", "code": found["code"], "failure": found["detail"]}
    carry_out(station, found["run_id"], must_stop=lambda: False, last_attempt=True)
    run: dict[str, Any] = client.get(f"{RUNS}/{found['run_id']}").json()
    failure = run["failure"] or {"code": "", "detail": ""}
    return run | {"code": failure["code"], "failure": failure["detail"]}


def test_the_sample_has_each_end() -> None:
    assert len(SAMPLE) == len(CHOSEN)
    assert {case.code for case in SAMPLE} >= {"DAMAGED", "TOO_DEMANDING"}
    assert sum(not case.run and bool(case.rows) for case in SAMPLE) == 1
    assert sum(not case.run and not case.rows and case.ends != REFUSED for case in SAMPLE) == 1


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_upload_ends_as_the_corpus_says(client: httpx.Client, station: Station, tmp_path: Path, case: Case) -> None:
    path = padded(case.write(tmp_path))
    run = ended(client, station, path)
    if case.ends == REFUSED or case.run:
        assert (run["status"], run["code"]) == ("REFUSED", case.code or case.run), run
        assert [part for part in (*case.says, *case.run_says) if part not in run["failure"]] == [], run
        assert not run.get("retryable")
        return
    assert run["status"] == "PUBLISHED", run
    report = client.get(f"{RUNS}/{run['run_id']}/report").json()
    counts = {one["sheet"]: (one["rows_extracted"], one["rows_rejected"]) for one in report["sheets"]}
    refused = [sheet for sheet, _ in case.rows]
    assert counts == {sheet: (len(rows), refused.count(sheet)) for sheet, rows in values_of(path).items()}

"""The workbook of refused rows is made once, delays no other request, and is sent from the disk."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from app.api import made_books
from app.api.http.streaming import PIECE_BYTES, pieces
from app.api.made_books import MadeBooks
from app.ingestion.reports import rejected_workbook
from tests.integration.api.conftest import Factory
from tests.integration.api.requests.test_problems import refused

ADDRESS = "/api/ingestion/runs/1/rejected.xlsx"
write = rejected_workbook.write_rejected_rows


@pytest.fixture
def service(busy: Factory) -> Iterator[httpx.Client]:
    with busy.api(rate_download="1000/minute") as client:
        yield client


def test_workbook_is_made_once_however_many_ask_for_it(service: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(read: Any, path: Path, **given: Any) -> int:
        made.append(given["run_id"])
        return write(read, path, **given)

    monkeypatch.setattr(rejected_workbook, "write_rejected_rows", counted)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: service.get(ADDRESS), range(4)))
    assert made == [1]
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["content-length"] for answer in answers} == {str(len(answers[0].content))}
    book = openpyxl.load_workbook(io.BytesIO(answers[0].content))
    assert ("run_id", 1) in {row[:2] for row in book["Resumo"].values}


def test_nobody_waits_for_a_connection_while_rows_are_written(
    service: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use: list[str] = []

    def watched(read: Any, path: Path, **given: Any) -> int:
        def read_and_look(*wanted: Any) -> Any:
            rows = read(*wanted)
            in_use.extend(line for line in service.get("/metrics").text.splitlines() if "connections_in_use" in line)
            return rows

        return write(read_and_look, path, **given)

    monkeypatch.setattr(rejected_workbook, "write_rejected_rows", watched)
    assert service.get(ADDRESS).status_code == 200
    # Only the one with which /metrics itself looks.
    assert {float(line.rpartition(" ")[2]) for line in in_use if not line.startswith("#")} <= {0.0, 1.0}
    assert in_use


def test_rows_that_are_kept_no_longer_are_no_empty_workbook(
    service: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*given: Any, **named: Any) -> int:
        raise rejected_workbook.RejectsGone("gone")

    monkeypatch.setattr(rejected_workbook, "write_rejected_rows", gone)
    refused(service.get(ADDRESS), 409, "NO_REPORT")
    monkeypatch.undo()
    assert service.get(ADDRESS).status_code == 200


def test_file_that_had_to_go_is_still_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_books, "MOST_KEPT", 2)
    content = os.urandom(3 * PIECE_BYTES + 7)

    async def asked() -> tuple[bytes, bytes]:
        books = MadeBooks()
        first = await books.of((1,), lambda path: path.write_bytes(content))
        for number in (2, 3):
            (await books.of((number,), lambda path: path.write_bytes(b"other"))).close()
        again = await books.of((1,), lambda path: path.write_bytes(b"made again"))
        books.close()
        return b"".join(pieces(first)), b"".join(pieces(again))

    assert asyncio.run(asked()) == (content, b"made again")

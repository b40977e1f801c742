"""Uploads that end early or find no room, and files that block: each has its answer and delays no other request."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.http import receiving
from app.api.keys.api_keys import Scope
from app.api.keys.keys_file import add_key
from app.api.watched_file import WatchedFile
from tests.integration.api.conftest import Factory, NewFactory
from tests.integration.api.requests.test_problems import refused
from tests.integration.waiting import WITHIN_S, until

RUNS = "/api/ingestion/runs"
XLSX = {"Content-Type": receiving.XLSX}


@pytest.fixture(scope="module")
def empty(new_factory: NewFactory) -> Iterator[Factory]:
    """A factory without data, which uploads need none of."""
    with new_factory() as factory:
        yield factory


def answered(client: httpx.Client, status: str) -> int:
    """Uploads that were answered with this status, by the service's own count."""
    wanted = f'prodplan_http_requests_total{{method="POST",route="{RUNS}",status="{status}"}} '
    lines = client.get("/metrics").text.splitlines()
    return sum(int(float(line.removeprefix(wanted))) for line in lines if line.startswith(wanted))


def test_upload_that_is_cut_off_is_no_fault_of_ours_and_leaves_nothing(empty: Factory) -> None:
    with empty.api(upload_dir=empty.folder / "cut") as client:
        url = client.base_url
        head = f"POST {RUNS} HTTP/1.1\r\nHost: x\r\nContent-Type: {receiving.XLSX}\r\nContent-Length: 5000\r\n"
        with socket.create_connection((url.host, url.port or 80)) as sender:
            sender.sendall(f"{head}Authorization: {client.headers['Authorization']}\r\n\r\nPK".encode())
        assert until(lambda: (answered(client, "400"), answered(client, "500")), any) == (1, 0)
        assert list((empty.folder / "cut").iterdir()) == []


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        (errno.ENOSPC, 507, "UPLOAD_FOLDER_FULL"),
        (errno.EDQUOT, 507, "UPLOAD_FOLDER_FULL"),
        (errno.EACCES, 503, "UPLOAD_FOLDER_UNAVAILABLE"),
    ],
)
def test_folder_that_takes_no_upload_is_told(
    empty: Factory, monkeypatch: pytest.MonkeyPatch, number: int, status: int, code: str
) -> None:
    async def fails(request: Any, path: Path) -> None:
        path.write_bytes(b"PK")
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr("app.api.routers.ingestion.write_body", fails)
    with empty.api(upload_dir=empty.folder / "full") as client:
        body = refused(client.post(RUNS, content=b"PK", headers=XLSX), status, code)
        assert str(empty.folder) not in str(body)
        assert list((empty.folder / "full").iterdir()) == []


def test_folder_of_uploads_that_is_a_file_is_told(empty: Factory) -> None:
    (empty.folder / "file").write_bytes(b"")
    with empty.api(upload_dir=empty.folder / "file") as client:
        refused(client.post(RUNS, content=b"PK", headers=XLSX), 503, "UPLOAD_FOLDER_UNAVAILABLE")


def test_loop_of_links_is_no_export(empty: Factory) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (empty.folder / f"{name}.xlsx").symlink_to(f"{other}.xlsx")
    with empty.api(export_dir=empty.folder) as client:
        refused(client.post(RUNS, json={"path": "a.xlsx"}), 422, "EXPORT_NOT_FOUND")


class Blocked:
    """A place where every caller stays until it is released."""

    def __init__(self) -> None:
        self.entered, self.released = threading.Event(), threading.Event()

    def enter(self) -> None:
        self.entered.set()
        self.released.wait(WITHIN_S)


@pytest.fixture
def blocking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Blocked]:
    """Looking at a watched file, and opening an upload to write it, block."""
    blocked = Blocked()
    read, opened = WatchedFile.content, Path.open

    def content(self: WatchedFile[Any]) -> Any:
        blocked.enter()
        return read(self)

    def open_slowly(self: Path, *given: Any, **named: Any) -> Any:
        if self.name == "slow.xlsx":
            blocked.enter()
        return opened(self, *given, **named)

    monkeypatch.setattr(WatchedFile, "content", content)
    monkeypatch.setattr(Path, "open", open_slowly)
    yield blocked
    blocked.released.set()


def test_file_of_keys_that_blocks_holds_up_nobody_else(
    empty: Factory, tmp_path: Path, blocking: Blocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.keys.keyring.FILE_WITHIN_S", WITHIN_S)
    key = add_key(tmp_path / "keys.json", "both", Scope)
    with empty.api(api_keys_file=tmp_path / "keys.json") as client, ThreadPoolExecutor(1) as other:
        headers = {"Authorization": f"Bearer {key}"}
        waiting = other.submit(client.get, RUNS, headers=headers)
        assert blocking.entered.wait(WITHIN_S)
        assert client.get("/api/health", timeout=WITHIN_S / 2).status_code == 200
        assert not waiting.done()
        blocking.released.set()
        assert waiting.result(WITHIN_S).status_code == 200


def test_file_of_keys_that_goes_on_blocking_closes(
    empty: Factory, tmp_path: Path, blocking: Blocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.keys.keyring.FILE_WITHIN_S", 0.05)
    key = add_key(tmp_path / "keys.json", "both", Scope)
    with empty.api(api_keys_file=tmp_path / "keys.json") as client:
        refused(client.get(RUNS, headers={"Authorization": f"Bearer {key}"}), 503, "API_KEYS_UNAVAILABLE")
        blocking.released.set()


def test_upload_that_is_written_slowly_holds_up_nobody_else(empty: Factory, blocking: Blocked) -> None:
    with empty.api(upload_dir=empty.folder / "slow") as client, ThreadPoolExecutor(1) as other:
        waiting = other.submit(client.post, RUNS, params={"name": "slow.xlsx"}, content=b"PK", headers=XLSX)
        assert blocking.entered.wait(WITHIN_S)
        assert client.get("/api/health", timeout=WITHIN_S / 2).status_code == 200
        assert not waiting.done()
        blocking.released.set()
        refused(waiting.result(WITHIN_S), 422, "DAMAGED")


def test_pipe_in_place_of_a_watched_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    opened: list[Path] = []
    watched: WatchedFile[None] = WatchedFile(tmp_path / "pipe", opened.append, ValueError)
    with pytest.raises(OSError, match="not a regular file"):
        watched.content()
    assert opened == []

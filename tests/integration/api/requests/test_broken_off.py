"""A client that breaks off an exchange in the middle costs the log one line at most, and the next client nothing."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.api.keys.keyring import with_ephemeral_key
from app.api.process.server import served
from app.config import Settings
from tests.integration.api.conftest import Factory

NO_CHUNK = b"zz\r\n\r\n"
CHUNKED = b"Host: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"


@dataclass(frozen=True)
class Watched:
    """An API in a process of its own, as it is served, and its log."""

    base_url: str
    key: str
    log: Path

    def connection(self) -> socket.socket:
        url = httpx.URL(self.base_url)
        return socket.create_connection((url.host, url.port or 80), timeout=10)

    def head(self, line: bytes, *, keyed: bool = True) -> bytes:
        key = b"Authorization: Bearer " + self.key.encode() + b"\r\n" if keyed else b""
        return line + b" HTTP/1.1\r\n" + CHUNKED + key + b"\r\n"

    def lines(self) -> list[str]:
        """The log, once a later request has been answered."""
        with httpx.Client(base_url=self.base_url, timeout=10) as client:
            assert client.get("/api/health").status_code == 200
        return self.log.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def watched(busy: Factory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    log = tmp_path_factory.mktemp("log") / "api.log"
    settings, key = with_ephemeral_key(Settings(_env_file=None, role_prefix=busy.roles.prefix))
    with served(settings, busy.url, busy.roles, log=log) as base_url:
        yield Watched(base_url, key, log)


def answer_of(connection: socket.socket) -> bytes:
    """All that the server sends until it closes the connection."""
    said = b""
    while part := connection.recv(65536):
        said += part
    return said


def one_line_more(watched: Watched, before: list[str]) -> None:
    new = watched.lines()[len(before) :]
    assert len(new) <= 1, "\n".join(new)
    assert all("Invalid HTTP request" in line for line in new)


@pytest.mark.parametrize("keyed", [True, False], ids=["admitted", "refused"])
def test_broken_chunk_beside_the_head_is_answered_once(watched: Watched, keyed: bool) -> None:
    before = watched.lines()
    with watched.connection() as connection:
        connection.sendall(watched.head(b"POST /api/whatif/simulate", keyed=keyed) + NO_CHUNK)
        said = answer_of(connection)
    assert said.startswith(b"HTTP/1.1 400 "), said
    assert said.count(b"HTTP/1.1 ") == 1
    one_line_more(watched, before)


def test_broken_chunk_of_a_request_for_the_head_alone_is_refused_without_a_text(watched: Watched) -> None:
    before = watched.lines()
    with watched.connection() as connection:
        connection.sendall(watched.head(b"HEAD /api/kpis/overview") + NO_CHUNK)
        said = answer_of(connection)
    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.endswith(b"\r\n\r\n")
    one_line_more(watched, before)


def test_body_too_large_of_a_request_for_a_file_is_one_whole_answer(watched: Watched) -> None:
    before = watched.lines()
    ask = b"GET /api/prodplan/orders.csv HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\nAuthorization: Bearer "
    with watched.connection() as connection:
        connection.sendall(ask + watched.key.encode() + b"\r\n\r\n")
        said = connection.recv(15)
        connection.shutdown(socket.SHUT_WR)
        said += answer_of(connection)
    assert said[:13] in (b"HTTP/1.1 200 ", b"HTTP/1.1 413 ")
    assert said.count(b"HTTP/1.1 ") == 1
    one_line_more(watched, before)


def test_request_for_another_protocol_is_answered_without_a_line(watched: Watched) -> None:
    before = watched.lines()
    with watched.connection() as connection:
        upgrade = b"Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n"
        connection.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n" + upgrade)
        assert connection.recv(13) == b"HTTP/1.1 200 "
    assert watched.lines() == before


def test_broken_chunk_behind_a_begun_answer_closes_the_connection(watched: Watched) -> None:
    before = watched.lines()
    with watched.connection() as connection:
        connection.sendall(watched.head(b"POST /api/whatif/simulate", keyed=False))
        assert connection.recv(12) == b"HTTP/1.1 401"
        connection.sendall(NO_CHUNK)
        assert b"HTTP/1.1 " not in answer_of(connection)
    one_line_more(watched, before)


def test_broken_chunk_behind_a_good_one_ends_the_wait_for_the_body(watched: Watched) -> None:
    before = watched.lines()
    with watched.connection() as connection:
        connection.sendall(watched.head(b"POST /api/whatif/simulate") + b"2\r\n{}\r\n")
        connection.sendall(NO_CHUNK)
        assert answer_of(connection).count(b"HTTP/1.1 ") == 1
    one_line_more(watched, before)


@pytest.mark.parametrize("sent", [b"", b"2\r\n{}\r\n", b"2\r\n{"], ids=["no body", "no end", "half a chunk"])
@pytest.mark.parametrize("way", ["closes", "resets"])
def test_client_that_goes_away_leaves_no_traceback(watched: Watched, sent: bytes, way: str) -> None:
    before = watched.lines()
    connection = watched.connection()
    connection.sendall(watched.head(b"POST /api/whatif/simulate") + sent)
    if way == "resets":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    one_line_more(watched, before)


def test_rubbish_behind_an_answered_request_is_refused(watched: Watched) -> None:
    with watched.connection() as connection:
        connection.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n\0\1\2 rubbish\r\n\r\n")
        said = answer_of(connection)
    assert (said.count(b"HTTP/1.1 200 "), said.count(b"HTTP/1.1 400 ")) == (1, 1)

"""A body is bounded by what arrives and when, whatever its headers claim."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.api.keys.api_keys import Scope
from app.api.keys.keys_file import add_key
from tests.integration.api.conftest import Factory
from tests.integration.waiting import WITHIN_S

SIMULATE = "/api/whatif/simulate"
MEGABYTE = 1_000_000


@pytest.fixture
def key(tmp_path: Path) -> str:
    return add_key(tmp_path / "api_keys.json", "planner", [Scope.READ])


@pytest.fixture
def impatient(busy: Factory, tmp_path: Path, key: str) -> Iterator[httpx.Client]:
    """An API that waits a second for a body and takes a megabyte."""
    with busy.api(api_keys_file=tmp_path / "api_keys.json", body_within_s=1, max_body_mb=1) as client:
        yield client


def answer_to(client: httpx.Client, key: str, header: str, body: bytes) -> tuple[int, dict[str, str], bool]:
    """Status, problem and whether the connection was ended, of a POST that sends this much and then waits."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=WITHIN_S) as connection:
        head = f"POST {SIMULATE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n{header}\r\n\r\n"
        connection.sendall(head.encode() + body)
        said = b""
        while part := connection.recv(65536):
            said += part
        head_bytes, _, text = said.partition(b"\r\n\r\n")
    lines = head_bytes.decode().lower().splitlines()
    assert "content-type: application/problem+json" in lines
    return int(lines[0].split()[1]), json.loads(text), "connection: close" in lines


def test_length_that_is_too_large_is_refused_before_a_byte_of_it(impatient: httpx.Client, key: str) -> None:
    status, problem, is_closed = answer_to(impatient, key, f"Content-Length: {MEGABYTE + 1}", b"")
    assert (status, problem["code"], is_closed) == (413, "BODY_TOO_LARGE", True)


def test_body_without_a_length_is_counted_as_it_arrives(impatient: httpx.Client, key: str) -> None:
    chunk = b"%x\r\n%s\r\n" % (MEGABYTE + 1, b" " * (MEGABYTE + 1))
    status, problem, is_closed = answer_to(impatient, key, "Transfer-Encoding: chunked", chunk)
    assert (status, problem["code"], is_closed) == (413, "BODY_TOO_LARGE", True)


@pytest.mark.parametrize(
    ("header", "part"), [("Content-Length: 100", b"{"), ("Transfer-Encoding: chunked", b"1\r\n{\r\n")]
)
def test_body_that_does_not_arrive_in_time_is_given_up(
    impatient: httpx.Client, key: str, header: str, part: bytes
) -> None:
    status, problem, is_closed = answer_to(impatient, key, header, part)
    assert (status, problem["code"], is_closed) == (408, "BODY_TOO_SLOW", True)


def test_body_of_exactly_the_bound_is_read(impatient: httpx.Client, key: str) -> None:
    body = b"{}".ljust(MEGABYTE)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    assert impatient.post(SIMULATE, content=body, headers=headers).status_code == 200
    assert impatient.post(SIMULATE, content=iter([body]), headers=headers).status_code == 200
    assert impatient.post(SIMULATE, content=iter([body, b" "]), headers=headers).status_code == 413


def test_caller_without_a_key_is_refused_before_its_body_is_asked_for(impatient: httpx.Client) -> None:
    with socket.create_connection(
        (impatient.base_url.host, impatient.base_url.port or 0), timeout=WITHIN_S
    ) as connection:
        connection.sendall(f"POST {SIMULATE} HTTP/1.1\r\nHost: x\r\nContent-Length: {MEGABYTE * 9}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 401"


def test_body_problems_are_in_the_document(client: httpx.Client) -> None:
    responses = client.get("/api/openapi.json").json()["paths"][SIMULATE]["post"]["responses"]
    assert {"408", "413"} <= responses.keys()

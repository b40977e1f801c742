"""Requests that could be understood in two ways are refused, on every route alike."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest

from tests.integration.api.shown import ADDRESSES
from tests.integration.api.test_problems import refused

UNDOCUMENTED = [("GET", "/api/docs"), ("GET", "/api/openapi.json")]
Answer = tuple[int, dict[str, str], bytes, bool]


def operations(client: httpx.Client) -> list[tuple[str, str]]:
    """Every route: method and an address of it."""
    found = []
    for path, item in client.get("/api/openapi.json").json()["paths"].items():
        for place, value in ADDRESSES.items():
            path = path.replace(place, value)
        found += [(method.upper(), path) for method in item]
    return found + UNDOCUMENTED


def faults_of(answer: httpx.Response) -> list[tuple[str, str]]:
    errors: list[dict[str, Any]] = refused(answer, 422, "INVALID_PARAMETER")["errors"]
    return [(fault["location"], fault["parameter"]) for fault in errors]


def raw(client: httpx.Client, request: bytes) -> Answer:
    """Status, headers and body of the answer to these very bytes, and whether the connection was ended after it."""
    url = client.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=5) as connection:
        connection.sendall(request)
        said = b""
        try:
            while part := connection.recv(65536):
                said += part
            ended = True
        except TimeoutError:
            ended = False
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split(" ")[1]), headers, body, ended


def test_every_route_refuses_a_parameter_that_it_does_not_declare(client: httpx.Client) -> None:
    for method, path in operations(client):
        answer = client.request(method, path, params={"spare": "1"})
        assert faults_of(answer) == [("query", "spare")], path


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("from=2024-01-01&from=2024-02-01", ["from"]),
        ("from=2024-01-01&to=2024-02-01&to=2024-02-01", ["to"]),
        ("From=2024-01-01&=7", ["From", ""]),
    ],
)
def test_parameter_given_twice_or_misspelt_is_refused(client: httpx.Client, query: str, named: list[str]) -> None:
    assert faults_of(client.get(f"/api/kpis/overview?{query}")) == [("query", name) for name in named]


def test_many_long_names_are_not_all_repeated(client: httpx.Client) -> None:
    query = "&".join(f"{'x' * 200}{number}=1" for number in range(100))
    answer = client.get(f"/api/kpis/overview?{query}")
    assert len(faults_of(answer)) == 10
    assert len(answer.content) < 3000


@pytest.mark.parametrize("path", ["/api/health/", "/api/kpis/overview/", "/api/prodplan/orders/7/"])
def test_address_with_a_slash_too_many_is_not_redirected_to_the_host_that_was_named(
    client: httpx.Client, path: str
) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})
    refused(answer, 404, "NOT_FOUND")
    assert "location" not in answer.headers


LENGTHS = ("Content-Length: 2\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 2")


@pytest.mark.parametrize("lengths", LENGTHS)
def test_two_lengths_of_a_body_are_refused_and_the_connection_is_closed(client: httpx.Client, lengths: str) -> None:
    """What one server takes for the end of the body another takes for the next request (RFC 9112, section 6.3)."""
    head = f"POST /api/whatif/simulate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lengths}\r\n"
    head += f"Authorization: {client.headers['Authorization']}\r\n\r\n"
    smuggled = b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n"
    status, headers, body, ended = raw(client, head.encode() + b"2\r\n{}\r\n0\r\n\r\n" + smuggled)
    assert (status, headers["connection"], ended) == (400, "close", True)
    assert json.loads(body)["code"] == "TWO_LENGTHS"

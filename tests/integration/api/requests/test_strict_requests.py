"""Requests that could be understood in two ways are refused, on every route alike."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app.api.http.receiving import XLSX
from tests.integration.api.conftest import Factory
from tests.integration.api.requests.test_problems import refused
from tests.integration.api.shown import ADDRESSES
from tests.integration.waiting import WITHIN_S

UNDOCUMENTED = [("GET", "/api/docs"), ("GET", "/api/openapi.json")]
Answer = tuple[int, dict[str, str], bytes, bool]


def operations(client: httpx.Client) -> list[tuple[str, str]]:
    """The routes: method and one address of each."""
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
    with socket.create_connection((url.host, url.port or 80), timeout=WITHIN_S) as connection:
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


def test_many_long_members_of_a_body_are_not_all_repeated(client: httpx.Client) -> None:
    answer = client.post("/api/whatif/simulate", json={f"{'x' * 200}{number}": 1 for number in range(4_000)})
    assert len(faults_of(answer)) == 10
    assert len(answer.content) < 3000


def test_member_given_twice_is_named(client: httpx.Client) -> None:
    body = b'{"rule":"EDD","overtime":[{"hours":1,"hours":2}]}'
    answer = client.post("/api/whatif/simulate", content=body, headers={"Content-Type": "application/json"})
    assert faults_of(answer) == [("body", "hours")]


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
    """Two servers may else disagree on where the body ends and the next request begins (RFC 9112, section 6.3)."""
    head = f"POST /api/whatif/simulate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lengths}\r\n"
    head += f"Authorization: {client.headers['Authorization']}\r\n\r\n"
    smuggled = b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n"
    status, headers, body, ended = raw(client, head.encode() + b"2\r\n{}\r\n0\r\n\r\n" + smuggled)
    assert (status, headers["connection"], ended) == (400, "close", True)
    assert json.loads(body)["code"] == "TWO_LENGTHS"


SPELT = {"integer": ("1_0", "5.0", " 5", "+5", "\N{FULLWIDTH DIGIT FIVE}", ""), "boolean": ("yes", "1", "True", "")}


def test_numbers_and_flags_of_every_route_are_spelt_as_json_spells_them(busy: Factory) -> None:
    asked = set()
    rates = dict.fromkeys(("rate_simulation", "rate_ingestion", "rate_download"), "10000/minute")
    with busy.api(**rates) as client:
        for method, path, parameter, text in misspelt(client.get("/api/openapi.json").json()):
            asked.add((method, path, parameter["name"]))
            assert is_refused(client, method, path, parameter, text), (path, parameter["name"], text)
    assert len(asked) > 20
    assert ("get", "/api/prodplan/orders/{work_order_id}", "work_order_id") in asked


def misspelt(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Method, path, parameter and a text for it, for each number and flag of the document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for parameter in operation.get("parameters", []):
                schema = parameter["schema"]
                kinds = {one.get("type"): one for one in schema.get("anyOf", [schema])}
                assert {"minimum", "maximum"} <= kinds.get("integer", {"minimum": 0, "maximum": 0}).keys(), parameter
                for kind in SPELT.keys() & kinds.keys():
                    for text in SPELT[kind]:
                        yield method, path, parameter, text


def is_refused(client: httpx.Client, method: str, path: str, parameter: dict[str, Any], text: str) -> bool:
    """True if the text is refused as this parameter's value; an empty part of a path is another address."""
    name = parameter["name"]
    if parameter["in"] == "path" and not text:
        return True
    if parameter["in"] == "path":
        path = path.replace(f"{{{name}}}", quote(text))
    for place, value in ADDRESSES.items():
        path = path.replace(place, value)
    params = {name: text} if parameter["in"] == "query" else None
    answer = client.request(method, path, params=params, headers={"Content-Type": XLSX})
    return answer.status_code == 422 and (parameter["in"], name) in faults_of(answer)


@pytest.mark.parametrize("text", ["5", "005"])
def test_digits_are_a_number(client: httpx.Client, text: str) -> None:
    assert len(client.get(f"/api/prodplan/orders?limit={text}").raise_for_status().json()["orders"]) == 5

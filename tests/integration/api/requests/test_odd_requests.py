"""Requests as no client of ours sends them: each has an answer that is neither a fault of ours nor a wrong success."""

from __future__ import annotations

import json

import httpx
import pytest

from app.api.http.problems import MEDIA_TYPE
from app.api.http.receiving import XLSX
from tests.integration.api.requests.test_strict_requests import raw

SIMULATE, RUNS = "/api/whatif/simulate", "/api/ingestion/runs"
SERVERS_OWN = "text/plain; charset=utf-8"
"""Refusals of the HTTP server itself, which are no problem+json."""


def got(path: str, *headers: str) -> bytes:
    return request("GET", path, *headers)


def request(method: str, path: str, *headers: str, body: bytes = b"", version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: x", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def posted(path: str, body: bytes, *headers: str, kind: str = "application/json") -> bytes:
    given = (f"Content-Type: {kind}", "Authorization: KEY", f"Content-Length: {len(body)}", *headers)
    return request("POST", path, *given, body=body)


ODD: dict[str, tuple[bytes, int]] = {
    "host of another": (got("http://evil.example/api/health"), 404),
    "HTTP/1.0": (request("GET", "/api/health", version="1.0"), 200),
    "NUL in an address": (got("/api/prodplan/orders/%00"), 422),
    "no UTF-8 in an address": (got("/api/prodplan/orders/%ff%fe"), 422),
    "no UTF-8 in a query": (got("/api/prodplan/orders?status=%ff"), 422),
    "Arabic digits": (got("/api/prodplan/orders/%D9%A1"), 422),
    "year 10000": (got("/api/prodplan/orders?created_from=10000-01-01T00:00:00"), 422),
    "seconds since 1970": (got("/api/prodplan/orders?created_from=1704067200"), 422),
    "semicolon between parameters": (got("/api/kpis/overview?from=2024-01-01;to=2024-02-01"), 422),
    "empty day": (got("/api/kpis/overview?from="), 422),
    "method of a teapot": (request("BREW", "/api/health"), 405),
    "dots": (got("/api/docs/../../etc/passwd"), 404),
    "Accept that cannot be read": (got("/api/health", "Accept: \xff;;;,,/"), 200),
    "long Accept": (got("/api/health", f"Accept: {'a/b;q=0.1,' * 6000}"), 406),
    "long If-None-Match": (got("/api/kpis/overview", "If-None-Match: " + 'W/"a' * 12000), 200),
    "key in Latin-1": (got(RUNS, "Authorization: Bearer \xe9\xff"), 401),
    "range of a file": (got("/api/docs/start.js", "Range: bytes=5-1"), 200),
    "body of GET": (request("GET", "/api/health", "Content-Length: 3", body=b"abc"), 200),
    "deep JSON": (posted(SIMULATE, b"[" * 100_000 + b"]" * 100_000), 422),
    "no number": (posted(SIMULATE, b'{"capacity_overrides":[{"phase_id":NaN,"capacity":1}]}'), 422),
    "long number": (posted(SIMULATE, b'{"capacity_overrides":[{"phase_id":' + b"9" * 8000 + b',"capacity":1}]}'), 422),
    "half a character": (posted(RUNS, b'{"path":"\\ud800"}'), 422),
    "NUL in a path": (posted(RUNS, b'{"path":"a\\u0000.xlsx"}'), 422),
    "another content coding": (posted(SIMULATE, b"{}", "Content-Encoding: gzip"), 415),
    "a form": (posted(SIMULATE, b"a=b", kind="application/x-www-form-urlencoded"), 422),
    "odd name of an upload": (posted(f"{RUNS}?name=%ed%a0%80%00", b"PK", kind=XLSX), 422),
    "member twice": (posted(SIMULATE, b'{"rule":"EDD","rule":"SPT"}'), 422),
    "member of a member twice": (posted(SIMULATE, b'{"overtime":[{"hours":1,"hours":2}]}'), 422),
    "half a character twice": (posted(SIMULATE, b'{"\\ud800":1,"\\ud800":2}'), 422),
    "run 0": (posted(f"{RUNS}/0/retry", b""), 422),
}
SERVERS: dict[str, bytes] = {
    "two hosts": got("/api/health", "Host: y"),
    "negative length": request("POST", SIMULATE, "Content-Length: -5"),
    "two different lengths": request("POST", SIMULATE, "Content-Length: 2", "Content-Length: 3", body=b"{}"),
    "space before the colon": got("/api/health", "Content-Length : 5"),
    "another transfer coding": request("POST", SIMULATE, "Transfer-Encoding: gzip, chunked"),
    "no header": b"GET /api/health HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_request_has_its_answer(client: httpx.Client, name: str) -> None:
    sent, expected = ODD[name]
    status, headers, body, _ = raw(client, sent.replace(b"KEY", client.headers["Authorization"].encode(), 1))
    assert status == expected, body[:500]
    if status >= 400:
        assert headers["content-type"] == MEDIA_TYPE
        assert json.loads(body)["status"] == status


@pytest.mark.parametrize("name", SERVERS)
def test_request_that_is_no_http_is_refused_by_the_server_and_the_connection_ended(
    client: httpx.Client, name: str
) -> None:
    status, headers, _, ended = raw(client, SERVERS[name])
    assert (status, headers["content-type"], ended) == (400, SERVERS_OWN, True)

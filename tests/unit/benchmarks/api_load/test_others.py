"""Endpoints without an SLO: found in the document, not listed by hand, and judged by it."""

from __future__ import annotations

from typing import Any

import pytest

from app.performance.load.connection import Answer
from app.performance.load.timetable import Request
from benchmarks.api_load.others import endpoints, fault_of

DOCUMENT: dict[str, Any] = {
    "paths": {"/api/a": {"get": {}}, "/api/b": {"post": {}}, "/api/c/{run_id}": {"get": {}, "post": {}}}
}
REQUEST = Request("a", "/api/a", {})


def no_dogs(request: Request, body: Any) -> str | None:
    return "a dog" if body == "dog" else None


def test_every_get_that_no_slo_covers_is_found() -> None:
    assert endpoints(DOCUMENT, {"/api/a"}) == ["/api/c/{run_id}"]
    assert endpoints(DOCUMENT, ()) == ["/api/a", "/api/c/{run_id}"]


def test_files_are_measured_where_their_json_is_not() -> None:
    paths = ("/api/a", "/api/a.csv", "/api/b", "/api/b.xlsx", "/api/c.csv")
    document: dict[str, Any] = {"paths": {path: {"get": {}} for path in paths}}
    assert endpoints(document, {"/api/a"}) == ["/api/a.csv", "/api/b", "/api/c.csv"]


@pytest.mark.parametrize(
    ("status", "media_type", "body", "wrong"),
    [
        (200, "application/json", b'"cat"', None),
        (200, "application/json", b'"dog"', "a dog"),
        (200, "application/json", b"cat", "is no JSON"),
        (200, "application/octet-stream", b"cat", None),
        (409, "application/problem+json", b"{}", None),
        (404, "application/problem+json", b"{}", "answered 404"),
        (500, "application/json", b'"cat"', "answered 500"),
    ],
)
def test_answer_is_judged_by_status_and_schema(status: int, media_type: str, body: bytes, wrong: str | None) -> None:
    assert fault_of(no_dogs, REQUEST, Answer(status, media_type, body)) == wrong

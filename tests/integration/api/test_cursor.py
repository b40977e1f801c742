"""The API refuses a text that is no cursor, and a cursor made for other filters or for an earlier run."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory


@pytest.mark.parametrize("text", ["", "=", "a", "AAAA", "é", "A" * 100])
def test_text_that_is_no_cursor_is_refused(client: httpx.Client, text: str) -> None:
    answer = client.get("/api/prodplan/orders", params={"cursor": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_CURSOR")


def test_cursor_belongs_to_its_filters(client: httpx.Client) -> None:
    text = client.get("/api/prodplan/orders", params={"limit": 2, "status": "OPEN"}).json()["next_cursor"]
    assert client.get("/api/prodplan/orders", params={"cursor": text, "status": "OPEN", "limit": 9}).status_code == 200
    answer = client.get("/api/prodplan/orders", params={"cursor": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_CURSOR")


def test_cursor_expires_when_another_run_is_published(fresh: Factory) -> None:
    fresh.ingest(workbooks.factory(1), "one.xlsx")
    with fresh.api() as client:
        text = client.get("/api/prodplan/orders", params={"limit": 2}).json()["next_cursor"]
        fresh.ingest(workbooks.factory(2), "two.xlsx")
        answer = client.get("/api/prodplan/orders", params={"cursor": text})
    assert (answer.status_code, answer.json()["code"]) == (410, "CURSOR_EXPIRED")

"""The cursor continues exactly, and is refused when altered, of other filters, or of an earlier run."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.http import cursor
from app.api.http.problems import Problem
from app.planning.order_list import Position
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory

KEY = cursor.derive_key("postgresql://someone:secret@host/database", "prodplan")
ids = st.integers(-(2**63), 2**63 - 1)


@given(ids, st.datetimes(), ids)
def test_cursor_reads_back_exactly(run_id: int, at: dt.datetime, order: int) -> None:
    text = cursor.encode(KEY, run_id, {"status": "OPEN"}, Position(at, order))
    assert len(text) <= cursor.MAX_CHARACTERS
    assert cursor.decode(KEY, text, run_id, {"status": "OPEN", "phase": None}) == Position(at, order)


@given(st.data())
def test_altered_cursor_is_refused(data: st.DataObject) -> None:
    text = cursor.encode(KEY, 1, {}, Position(dt.datetime(2024, 1, 1), 5))
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[place]))
    with pytest.raises(Problem) as refusal:
        cursor.decode(KEY, text[:place] + other + text[place + 1 :], 1, {})
    assert (refusal.value.status, refusal.value.code) == (400, "INVALID_CURSOR")


@pytest.mark.parametrize("text", ["", "=", "a", "AAAA", "é", "A" * 100])
def test_text_that_is_no_cursor_is_refused(client: httpx.Client, text: str) -> None:
    answer = client.get("/api/prodplan/orders", params={"cursor": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_CURSOR")


def test_cursor_of_another_installation_is_refused() -> None:
    text = cursor.encode(
        cursor.derive_key("postgresql://other", "prodplan"), 1, {}, Position(dt.datetime(2024, 1, 1), 5)
    )
    with pytest.raises(Problem):
        cursor.decode(KEY, text, 1, {})


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

"""A cursor is read back exactly. One that was altered, or made for other filters or an earlier run, is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.http import cursor
from app.api.http.problems import Problem
from app.planning.order_list import OrderSort, Position

KEY = cursor.derive_key("postgresql://someone:secret@host/database", "prodplan")
PLACE = Position(dt.datetime(2024, 1, 1), 5)
FILTERS = {"status": "OPEN", "phase": 7, "created_from": dt.datetime(2024, 1, 1), "sort": OrderSort.AGE}
KEPT = "WzEsImVmYTc1NzFhNmU4ZWEwYzQiLCIyMDI0LTAxLTAxVDAwOjAwOjAwIiw1XQ.EERvrBcaJgMkPS09m5VpewlR7BqNDVdo_JqCR7NOemg"
"""The cursor of FILTERS and PLACE, as an earlier release made it."""
ids = st.integers(-(2**63), 2**63 - 1)
INVALID = (400, "INVALID_CURSOR", "The cursor is not one of this service. Start without a cursor.")
OF_OTHER_FILTERS = (400, "INVALID_CURSOR", "The cursor belongs to other filters. Start without a cursor.")
EXPIRED = (410, "CURSOR_EXPIRED", "A newer workbook has been published. Start without a cursor.")


def refusal(secret: bytes, text: str, run_id: int, filters: dict[str, object]) -> tuple[int, str, str]:
    with pytest.raises(Problem) as refused:
        cursor.decode(secret, text, run_id, filters)
    return refused.value.status, refused.value.code, refused.value.detail


@given(ids, st.datetimes() | st.integers(-(2**31), 2**31), ids)
def test_cursor_reads_back_exactly(run_id: int, at: dt.datetime | int, order: int) -> None:
    text = cursor.encode(KEY, run_id, {"status": "OPEN"}, Position(at, order))
    assert len(text) <= cursor.MAX_CHARACTERS
    assert cursor.decode(KEY, text, run_id, {"status": "OPEN", "phase": None}) == Position(at, order)


@given(st.data())
def test_altered_cursor_is_refused(data: st.DataObject) -> None:
    text = cursor.encode(KEY, 1, {}, PLACE)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[place]))
    assert refusal(KEY, text[:place] + other + text[place + 1 :], 1, {}) == INVALID


@pytest.mark.parametrize("text", ["", "=", "a", "AAAA", "é", "A" * 100])
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    assert refusal(KEY, text, 1, {}) == INVALID


@pytest.mark.parametrize(
    "secrets",
    [
        ("postgresql://other", "prodplan"),
        ("postgresql://someone:secret@host/database", "other"),
        ("postgresql://someone:secret@host/databaseprodplan",),
    ],
)
def test_cursor_of_another_installation_is_refused(secrets: tuple[str, ...]) -> None:
    assert refusal(KEY, cursor.encode(cursor.derive_key(*secrets), 1, {}, PLACE), 1, {}) == INVALID


@pytest.mark.parametrize("name", FILTERS)
def test_cursor_belongs_to_its_filters_whatever_their_order(name: str) -> None:
    text = cursor.encode(KEY, 1, FILTERS, PLACE)
    assert cursor.decode(KEY, text, 1, dict(reversed(FILTERS.items()))) == PLACE
    assert refusal(KEY, text, 1, FILTERS | {name: None}) == OF_OTHER_FILTERS
    assert refusal(KEY, text, 1, FILTERS | {name: "other"}) == OF_OTHER_FILTERS
    assert refusal(KEY, text, 1, FILTERS | {"product": 9}) == OF_OTHER_FILTERS


@pytest.mark.parametrize("run_id", [1, 3])
def test_cursor_expires_when_another_run_is_live(run_id: int) -> None:
    text = cursor.encode(KEY, 2, {}, PLACE)
    assert refusal(KEY, text, run_id, {}) == EXPIRED
    # Also of other filters: the run compared with is one, and it changes with the live run.
    assert refusal(KEY, text, run_id, {"status": "OPEN"}) == EXPIRED


def test_cursors_of_an_earlier_release_stay_readable() -> None:
    """Clients keep a cursor over an upgrade; key, salt, digest and layout are therefore fixed."""
    key = cursor.derive_key("postgresql://someone:secret@host/database", "prodplan")
    assert cursor.encode(key, 1, FILTERS, PLACE) == KEPT
    assert cursor.decode(key, KEPT, 1, FILTERS) == PLACE

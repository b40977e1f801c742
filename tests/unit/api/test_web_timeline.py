"""The bars of an order's phases stay on the axis, whatever times the workbook has."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app.api.web.timeline import timeline_of
from app.planning.orders import OrderDetail, OrderPhase

DAY = dt.datetime(2024, 3, 1)


def phase(started: int | None, finished: int | None) -> OrderPhase:
    """A phase that starts and ends so many days after the first of March."""
    at = [None if days is None else DAY + dt.timedelta(days=days) for days in (started, finished)]
    times: dict[str, Any] = {"started_at": at[0], "finished_at": at[1]}
    return OrderPhase.model_construct(**times)


def order(*phases: OrderPhase, **given: Any) -> OrderDetail:
    """An order created on the first of March."""
    whole = {"created_at": DAY, "completed_at": None, "transport_at": None, "phases": list(phases), **given}
    return OrderDetail.model_construct(**whole)


def test_bars_lie_by_their_share_of_the_time() -> None:
    shown = timeline_of(order(phase(0, 5), phase(5, 10)), DAY + dt.timedelta(days=10))
    assert [shown.bar(phase(0, 5)), shown.bar(phase(5, 10))] == [(0.0, 50.0), (50.0, 50.0)]


def test_phase_in_process_lasts_to_as_of() -> None:
    assert timeline_of(order(phase(5, None)), DAY + dt.timedelta(days=10)).bar(phase(5, None)) == (50.0, 50.0)


def test_phase_that_has_not_begun_has_no_bar() -> None:
    assert timeline_of(order(phase(None, None)), DAY).bar(phase(None, None)) is None


@pytest.mark.parametrize("one", [phase(4, 2), phase(-3, -1), phase(None, 4), phase(10, 10)])
def test_odd_times_stay_on_the_axis(one: OrderPhase) -> None:
    bar = timeline_of(order(one), DAY + dt.timedelta(days=10)).bar(one)
    assert bar is not None
    assert bar[0] >= 0 < bar[1]
    assert bar[0] + bar[1] <= 100


def test_order_without_any_time_but_its_creation_has_an_axis() -> None:
    shown = timeline_of(order(), None)
    assert shown.place(DAY) == 0

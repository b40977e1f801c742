"""The timetable: every request at its own time, at the stated rate, whatever the answers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.performance.load.timetable import Request, requests_of, timetable
from app.performance.slo.slo_declaration import load_slos

SLOS = load_slos()
rates = st.lists(st.floats(0.5, 200), min_size=1, max_size=6)


@settings(deadline=None)
@given(rates, st.integers(400, 450), st.integers(1, 30))
def test_each_slo_arrives_at_its_own_constant_rate(rates_per_s: list[float], measured: int, warm_up: int) -> None:
    slos = [
        replace(slo, rate_per_s=rate, measured_requests=measured, warm_up_requests=warm_up)
        for slo, rate in zip(SLOS, rates_per_s, strict=False)
    ]
    arrivals = timetable(slos, {slo.name: (Request(slo.name, "/", {}),) for slo in slos})
    assert [arrival.at_s for arrival in arrivals] == sorted(arrival.at_s for arrival in arrivals)
    for slo in slos:
        own = [arrival for arrival in arrivals if arrival.request.slo == slo.name]
        assert [arrival.is_warm_up for arrival in own] == [True] * warm_up + [False] * measured
        gaps = [later.at_s - earlier.at_s for earlier, later in itertools.pairwise(own)]
        assert gaps == pytest.approx([1 / slo.rate_per_s] * (len(own) - 1))


def test_slos_of_one_rate_never_arrive_together() -> None:
    arrivals = timetable(SLOS, {slo.name: (Request(slo.name, "/", {}),) for slo in SLOS})
    gaps = [later.at_s - earlier.at_s for earlier, later in itertools.pairwise(arrivals)]
    assert min(gaps) == pytest.approx(max(gaps))


def test_an_slo_without_requests_has_no_arrivals() -> None:
    requests: dict[str, tuple[Request, ...]] = {slo.name: () for slo in SLOS}
    assert timetable(SLOS, requests) == ()


def test_templates_take_turns_and_values_are_quoted() -> None:
    slo = replace(SLOS[0], requests=("/orders", "/orders?cursor={order_cursor}", "/orders/{work_order_id}"))
    supply = {"order_cursor": ["a b&c", "d"], "work_order_id": ["1", "2", "3"]}
    requests = requests_of(slo, supply)
    assert [request.path for request in requests] == [
        "/orders", "/orders?cursor=a%20b%26c", "/orders/1",
        "/orders", "/orders?cursor=d", "/orders/2",
        "/orders", "/orders?cursor=a%20b%26c", "/orders/3",
    ]  # fmt: skip
    assert requests[1].query == {"cursor": "a b&c"}
    assert requests[2].values == {"work_order_id": "1"}


def test_a_template_that_the_run_cannot_fill_is_left_out() -> None:
    slo = replace(SLOS[0], requests=("/orders", "/orders?cursor={order_cursor}"))
    assert [request.path for request in requests_of(slo, {})] == ["/orders"]
    assert requests_of(replace(slo, requests=("/orders/{work_order_id}",)), {"work_order_id": []}) == ()

"""The open loop, on a clock that the test moves: who waits for whom, and what counts as whose delay."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.performance.load.connection import Answer, ExchangeFailed
from app.performance.load.load import LEAD_S, Exchange, offer
from app.performance.load.timetable import Arrival, Request

OK = Answer(200, "application/json", b"{}")


class Hand:
    """A clock that is moved by sleeping and by the tests; `oversleep` makes each sleep end late."""

    def __init__(self, oversleep: float = 0.0) -> None:
        self.time, self.oversleep = 1000.0, oversleep

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds + self.oversleep


def offered(
    times: list[float], takes: Callable[[int], float], clock: Hand, timeout_s: float = 10.0
) -> tuple[list[Exchange], list[str]]:
    """One sender's exchanges with a server whose n-th request takes `takes(n)` seconds, and the paths it got."""
    asked: list[str] = []

    def ask(path: str, left_s: float) -> Answer:
        asked.append(path)
        taken = takes(len(asked) - 1)
        clock.time += min(taken, left_s + 0.01)
        if taken > left_s:
            raise ExchangeFailed("TIMEOUT", "held")
        return OK

    arrivals = [Arrival(at_s, Request("slo", f"/{number}", {}), timeout_s, False) for number, at_s in enumerate(times)]
    return offer(arrivals, ask, senders=1, clock=clock), asked


def test_quick_answers_are_sent_at_their_times() -> None:
    start = Hand().now() + LEAD_S
    exchanges, asked = offered([0.0, 1.0, 2.0], lambda number: 0.25, Hand())
    assert asked == ["/0", "/1", "/2"]
    assert [done.sent for done in exchanges] == pytest.approx([start, start + 1, start + 2])
    assert [done.latency_s for done in exchanges] == pytest.approx([0.25] * 3)
    assert [done.queued_s for done in exchanges] == [0, 0, 0]


def test_a_stall_is_charged_to_every_request_that_it_held_up() -> None:
    """Coordinated omission: a closed loop would have seen one slow request of 5 s and four quick ones."""
    exchanges, _ = offered([0.0, 1.0, 2.0, 3.0, 10.0], lambda number: 5.0 if number == 0 else 0.5, Hand())
    assert [done.latency_s for done in exchanges] == pytest.approx([5.0, 4.5, 4.0, 3.5, 0.5])
    assert [done.queued_s for done in exchanges] == pytest.approx([0.0, 4.0, 3.5, 3.0, 0.0])
    assert [done.late_s for done in exchanges] == pytest.approx([0.0] * 5)


def test_a_generator_that_oversleeps_is_late_and_nobody_queued() -> None:
    exchanges, _ = offered([0.0, 1.0, 2.0], lambda number: 0.1, Hand(oversleep=0.3))
    assert [done.late_s for done in exchanges] == pytest.approx([0.3] * 3)
    assert [done.latency_s for done in exchanges] == pytest.approx([0.4] * 3)
    assert [done.queued_s for done in exchanges] == [0, 0, 0]


def test_a_request_that_waited_out_its_timeout_is_given_up_unsent() -> None:
    exchanges, asked = offered([0.0, 0.0, 0.0, 9.0], lambda number: 1.5, Hand(), timeout_s=2.0)
    assert asked == ["/0", "/1", "/3"]
    assert [done.failure and done.failure.code for done in exchanges] == [None, "TIMEOUT", "TIMEOUT", None]
    assert exchanges[2].latency_s >= 2.0


def test_what_ask_raises_unexpectedly_stops_the_load() -> None:
    def ask(path: str, left_s: float) -> Answer:
        raise LookupError(path)

    arrivals = [Arrival(float(second), Request("slo", f"/{second}", {}), 1.0, False) for second in range(100)]
    with pytest.raises(LookupError, match="/0"):
        offer(arrivals, ask, senders=1, clock=Hand())


def test_progress_ends_complete() -> None:
    seen: list[tuple[str, int, int | None]] = []
    arrivals = [Arrival(float(second), Request("slo", "/", {}), 1.0, False) for second in range(3)]
    offer(arrivals, lambda path, left: OK, senders=1, clock=Hand(), progress=lambda *step: seen.append(step))
    assert seen[-1] == ("requests", 3, 3)

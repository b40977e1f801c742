"""Offering a timetable of requests to a server: an open loop with a bounded number of requests under way.

Each of a fixed number of senders takes the next arrival, waits for its time, and sends it. An arrival that finds every
sender busy waits its turn, and that wait is part of its latency, because latency runs from the intended time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from app.performance.load.connection import TIMEOUT, Answer, ExchangeFailed
from app.performance.load.timetable import Arrival

SENDERS = 32
"""Requests under way at most. At a rate λ and mean latency W there are λW on average (Little's law); at 120/s this is
enough until the mean latency passes 260 ms, where most targets are missed anyway."""
LEAD_S = 0.1
"""From the call to the timetable's zero, for the senders to be ready."""
LOOK_EVERY_S = 0.25

Ask = Callable[[str, float], Answer]
"""(path, seconds left) -> answer; raises ExchangeFailed."""
Progress = Callable[[str, int, int | None], None]
"""(phase, done, total)."""


class Clock(Protocol):
    """A monotonic clock in seconds."""

    def now(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class MonotonicClock:
    """The machine's."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The result of one arrival. All times are of one clock, in seconds; failure is None when an answer came.

    intended: when it was due. taken: when a sender was free for it. sent, done: when the exchange began and ended.
    """

    arrival: Arrival
    intended: float
    taken: float
    sent: float
    done: float
    answer: Answer | None
    failure: ExchangeFailed | None = None

    @property
    def latency_s(self) -> float:
        """From the intended send time to the last byte."""
        return self.done - self.intended

    @property
    def queued_s(self) -> float:
        """Seconds that it waited because every sender was busy: the server's share."""
        return max(0.0, self.taken - self.intended)

    @property
    def late_s(self) -> float:
        """Seconds from the time that it was due and a sender was free until it was sent: the generator's share."""
        return self.sent - max(self.intended, self.taken)


def offer(
    arrivals: Sequence[Arrival],
    ask: Ask,
    *,
    senders: int = SENDERS,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> list[Exchange]:
    """Send every arrival at its time and return the exchanges in the timetable's order.

    An arrival that waited longer than its timeout is given up unsent, as a client would: the whole never lasts longer
    than the timetable and one timeout. Whatever `ask` raises but ExchangeFailed stops the load and is raised.
    """
    clock = clock or MonotonicClock()
    start = clock.now() + LEAD_S
    exchanges: list[Exchange] = []
    pending, lock, stopped = iter(arrivals), threading.Lock(), threading.Event()

    def send_in_turn() -> None:
        try:
            while not stopped.is_set():
                with lock:
                    arrival = next(pending, None)
                if arrival is None:
                    return
                exchanges.append(exchange(arrival, start + arrival.at_s, ask, clock))
        except BaseException:
            stopped.set()
            raise

    with ThreadPoolExecutor(senders, thread_name_prefix="sender") as pool:
        futures = [pool.submit(send_in_turn) for _ in range(senders)]
        while wait(futures, LOOK_EVERY_S, FIRST_EXCEPTION).not_done and not stopped.is_set():
            if progress is not None:
                progress("requests", len(exchanges), len(arrivals))
    for future in futures:
        future.result()
    if progress is not None:
        progress("requests", len(exchanges), len(arrivals))
    return sorted(exchanges, key=lambda done: done.intended)


def exchange(arrival: Arrival, intended: float, ask: Ask, clock: Clock) -> Exchange:
    """Wait for one arrival's time, send it, and keep the times."""
    taken = clock.now()
    if taken < intended:
        clock.sleep(intended - taken)
    sent = clock.now()
    left = arrival.timeout_s - (sent - intended)
    if left <= 0:
        failure = ExchangeFailed(TIMEOUT, f"waited {arrival.timeout_s:g} s for a free sender")
        return Exchange(arrival, intended, taken, sent, sent, None, failure)
    try:
        answer = ask(arrival.request.path, left)
    except ExchangeFailed as failure:
        return Exchange(arrival, intended, taken, sent, clock.now(), None, failure)
    return Exchange(arrival, intended, taken, sent, clock.now(), answer)

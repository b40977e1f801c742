"""Sends a timetable of requests to a server: an open loop with a bounded number of senders.

Each sender takes the next arrival, waits for its time, and sends it. An arrival that finds every sender busy waits, and
that wait is part of its latency, because latency is counted from the intended time.
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
"""Most requests at once.

At a rate λ and mean latency W there are λW on average (Little's law). At 120/s this is enough up to a mean latency of
260 ms, above which most targets are missed.
"""
LEAD_S = 0.1
"""Seconds from the call to the timetable's zero, in which the senders start."""
LOOK_EVERY_S = 0.25

Ask = Callable[[str, float], Answer]
"""Sends one request: (path, seconds left) -> answer; raises ExchangeFailed."""
Progress = Callable[[str, int, int | None], None]
"""Called with (phase, done, total)."""


class Clock(Protocol):
    """A monotonic clock in seconds."""

    def now(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class MonotonicClock:
    """The machine's monotonic clock."""

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
        """Seconds from the intended send time to the last byte."""
        return self.done - self.intended

    @property
    def queued_s(self) -> float:
        """Seconds that it waited for a free sender: caused by the server."""
        return max(0.0, self.taken - self.intended)

    @property
    def late_s(self) -> float:
        """Seconds from the due time, with a sender free, to the sending: caused by the generator."""
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

    An arrival that waited longer than its timeout is not sent, so the load ends at most one timeout after the
    timetable. Any exception of `ask` other than ExchangeFailed stops the load and is raised.
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
    """Wait for one arrival's time, send it, and record the times."""
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

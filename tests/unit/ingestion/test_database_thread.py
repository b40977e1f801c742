"""The thread keeps the order of a program without threads, stops at the first failure, and bounds what waits."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ingestion.reading.database_thread import DatabaseThread


def noting(seen: list[int], number: int) -> Callable[[], None]:
    return lambda: seen.append(number)


def failing() -> None:
    raise OSError("no room")


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(0, 20), max_size=30), limit=st.integers(0, 30))
def test_everything_is_done_in_order(sizes: list[int], limit: int) -> None:
    seen: list[int] = []
    with DatabaseThread(limit) as thread:
        for number, size in enumerate(sizes):
            thread.submit(noting(seen, number), size)
    assert seen == list(range(len(sizes)))


def test_the_submitter_does_not_wait_for_the_work() -> None:
    gate = threading.Event()
    seen: list[int] = []

    def waiting() -> None:
        if not gate.wait(30):
            seen.append(0)

    with DatabaseThread() as thread:
        thread.submit(waiting)
        thread.submit(noting(seen, 1))
        assert seen == []
        gate.set()
    assert seen == [1]


def test_a_full_backlog_is_waited_for() -> None:
    seen: list[int] = []
    held = threading.Event()
    threading.Timer(0.05, held.set).start()
    with DatabaseThread(backlog_bytes=10) as thread:
        thread.submit(lambda: seen.append(0) if held.wait(30) else None, 6)
        thread.submit(noting(seen, 1), 5)
        assert seen[:1] == [0]


def test_a_failure_reaches_the_submitter_and_stops_the_rest() -> None:
    seen: list[int] = []
    with pytest.raises(OSError, match="no room"), DatabaseThread(backlog_bytes=0) as thread:
        thread.submit(failing, 1)
        thread.submit(noting(seen, 1), 1)
    assert seen == []


def test_a_failure_of_the_last_piece_is_raised_at_the_end() -> None:
    with pytest.raises(OSError, match="no room"), DatabaseThread() as thread:
        thread.submit(failing)


def test_nothing_more_is_done_once_the_submitter_has_failed() -> None:
    seen: list[int] = []
    held = threading.Event()

    def first() -> None:
        held.wait(30)
        seen.append(0)

    with pytest.raises(KeyboardInterrupt), DatabaseThread() as thread:
        thread.submit(first)
        thread.submit(noting(seen, 1))
        threading.Timer(0.05, held.set).start()
        raise KeyboardInterrupt
    assert seen == [0]


def test_an_interruption_in_the_lane_is_passed_on() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), DatabaseThread() as thread:
        thread.submit(interrupted)

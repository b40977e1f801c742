"""Places for requests at once: as many as there are, in the order of asking, and never an endless wait."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.http.problems import Problem
from app.api.slots import Slots

LONG_S = 60.0


class Watched:
    """Requests that hold a place until they are told to end; counts how many hold one at once."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.at_work = self.most = 0
        self.began: list[int] = []
        self.refused: list[int] = []

    async def request(self, number: int, end: asyncio.Event) -> None:
        try:
            async with self.slots.taken():
                self.began.append(number)
                self.at_work += 1
                self.most = max(self.most, self.at_work)
                try:
                    await end.wait()
                finally:
                    self.at_work -= 1
        except Problem as problem:
            assert (problem.status, problem.code, problem.headers["Retry-After"]) == (503, "OVERLOADED", "1")
            self.refused.append(number)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


async def settled() -> None:
    """Wait until each task has gone as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


@given(places=st.integers(1, 5), waiting=st.integers(0, 5), requests=st.integers(0, 15))
def test_no_more_at_once_than_places_and_only_the_surplus_is_refused(places: int, waiting: int, requests: int) -> None:
    async def scenario() -> None:
        watched, end = Watched(Slots(places, waiting=waiting, wait_s=LONG_S)), asyncio.Event()
        tasks = [asyncio.create_task(watched.request(number, end)) for number in range(requests)]
        await settled()
        assert watched.began == list(range(min(requests, places)))
        assert watched.refused == list(range(places + waiting, requests))
        end.set()
        await asyncio.gather(*tasks)
        assert watched.began == list(range(min(requests, places + waiting)))
        assert watched.most <= places
        assert (watched.slots.waiting, watched.at_work) == (0, 0)

    run(scenario())


def test_request_that_waited_long_enough_is_refused_and_leaves_no_trace() -> None:
    async def scenario() -> None:
        slots = Slots(1, waiting=5, wait_s=0.01)
        watched, end = Watched(slots), asyncio.Event()
        first = asyncio.create_task(watched.request(0, end))
        await settled()
        await watched.request(1, end)
        assert (watched.began, watched.refused, slots.waiting) == ([0], [1], 0)
        end.set()
        await first
        await watched.request(2, end)
        assert watched.began == [0, 2]

    run(scenario())


@pytest.mark.parametrize("cancelled", [0, 1])
def test_cancelled_request_gives_its_place_to_the_next(cancelled: int) -> None:
    async def scenario() -> None:
        watched, end = Watched(Slots(1, waiting=5, wait_s=LONG_S)), asyncio.Event()
        tasks = [asyncio.create_task(watched.request(number, end)) for number in range(3)]
        await settled()
        tasks[cancelled].cancel()
        await settled()
        end.set()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in ended] == [n == cancelled for n in range(3)]
        assert sorted(watched.began) == [number for number in range(3) if number != cancelled or cancelled == 0]
        assert watched.slots.waiting == 0

    run(scenario())

"""A bounded number of requests at once: a place is taken in the event loop before any thread or connection is.

Without it more requests than threads each hold a connection while they wait for a thread, or a thread while they wait
for a connection, and none of them ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

from app.api.http.problems import Problem

RETRY_AFTER_S = 1


class Slots:
    """The places of one worker process, given in order of arrival. Belongs to one event loop."""

    def __init__(self, places: int, *, waiting: int, wait_s: float) -> None:
        """places: requests at work at once. waiting: requests that may wait for a place, each at most wait_s."""
        self._free = asyncio.Semaphore(places)
        self._places_waiting, self._wait_s = waiting, wait_s
        self.waiting = 0

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[bool]:
        """Hold a place; True if it had to be waited for.

        Raises 503 OVERLOADED as a Problem: at once when too many wait, else after wait_s.
        """
        must_wait = self._free.locked()
        if must_wait:
            await self._waited()
        else:
            await self._free.acquire()
        try:
            yield must_wait
        finally:
            self._free.release()

    async def _waited(self) -> None:
        if self.waiting >= self._places_waiting:
            raise overloaded()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise overloaded() from None
        finally:
            self.waiting -= 1


class SlotPool(StrEnum):
    """The pool of places from which a route takes one before it starts."""

    READERS = "readers"
    """Places of the connection pool for answers."""
    PROBES = "probes"
    """Places of a small pool of its own, so that probes and readers do not delay each other."""
    NONE = "none"
    """The route needs no database, or takes a place itself once its body has arrived."""


def overloaded() -> Problem:
    """The Problem for more requests at once than this process serves."""
    return Problem(
        503,
        "OVERLOADED",
        "Too many requests at once. Try again after the time that Retry-After says.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )

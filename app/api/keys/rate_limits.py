"""Limits how often one client may use costly routes, by the library `limits`.

The counts lie in the memory of each worker process: with W workers a client whose connections reach all of them may do
up to W times the rate. A shared count would need one more server; what is protected, the worker's time, is local.
"""

from __future__ import annotations

import math
import time
from enum import StrEnum

import limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from app.api.http.problems import Problem
from app.config import Settings


class Rate(StrEnum):
    """A limited use; the setting of its rate is RATE_ and its name."""

    SIMULATION = "simulation"
    INGESTION = "ingestion"
    DOWNLOAD = "download"


class Rates:
    """The rates of one process's clients."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._items = {rate: limits.parse(getattr(settings, f"rate_{rate}")) for rate in Rate}

    def spend(self, rate: Rate, client: str) -> None:
        """Count one use. Raises 429 as a Problem, with Retry-After, for one too many, which is not counted."""
        item = self._items[rate]
        if self._limiter.hit(item, rate, client):
            return
        reset_at = self._limiter.get_window_stats(item, rate, client).reset_time
        wait_s = max(1, math.ceil(reset_at - time.time()))
        raise Problem(
            429,
            "RATE_LIMITED",
            f"Too many requests of this kind: {item.amount} are allowed per {item.multiples} {item.GRANULARITY.name}.",
            headers={"Retry-After": str(wait_s)},
            retry_after_s=wait_s,
        )

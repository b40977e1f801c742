"""The real clocks, saved at import: a check may freeze or move those of the modules time and datetime."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any


class RealClock:
    """Reads the time of day once and continues with perf_counter.

    freezegun replaces names in modules, time-machine the functions of time and datetime; neither affects functions that
    are stored in an object here, nor perf_counter.
    """

    def __init__(self) -> None:
        self._parts: tuple[Any, ...] = (dt.datetime, dt.UTC, time.perf_counter, time.localtime().tm_gmtoff)
        self._began_at = time.time()
        self._began = time.perf_counter()
        self._second = (-1, "")

    def seconds(self) -> float:
        """Seconds since an arbitrary moment; only differences have a meaning."""
        counter: Callable[[], float] = self._parts[2]
        return counter()

    def now(self) -> dt.datetime:
        """The time in UTC."""
        told: dt.datetime = self._parts[0].fromtimestamp(self._began_at + self.seconds() - self._began, self._parts[1])
        return told

    def stamp(self) -> str:
        """The time in UTC, ISO 8601, to the millisecond; what comes before the fraction is made once a second."""
        since = self._began_at + self._parts[2]() - self._began
        second = int(since)
        known, text = self._second
        if second != known:
            text = self._parts[0].fromtimestamp(second, self._parts[1]).isoformat()[:-6]
            self._second = (second, text)
        return f"{text}.{int((since - second) * 1000):03}+00:00"

    def today(self) -> dt.date:
        """The local date of this machine."""
        return (self.now() + dt.timedelta(seconds=self._parts[3])).date()


CLOCK = RealClock()

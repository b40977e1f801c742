"""Working seconds of a calendar as moments, and back. Definitions: docs/kpis.md, "Working time".

The Gregorian calendar repeats every 400 years, weekdays included, so one such cycle of days stands for all time. Days
off that are declared for one year repeat with it, further ahead than anybody plans.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from calendar import isleap
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from app.features.calendar import DAY_S, LEAP_YEAR, Calendar

CYCLE_YEARS, CYCLE_DAYS = 400, 146_097
Days = np.ndarray[Any, np.dtype[np.bool_]]


@lru_cache(maxsize=8)
def _yearly(calendar: Calendar) -> Days:
    """Working days of a cycle by ordinal number modulo its length, without the days off of one year only."""
    weekdays = np.array([day in calendar.weekdays() for day in range(7)])
    # Ordinal 1 is a Monday.
    working = weekdays[(np.arange(CYCLE_DAYS) + 6) % 7]
    for day in calendar.off_each_year():
        month, number = int(day[:2]), int(day[3:])
        for year in range(LEAP_YEAR, LEAP_YEAR + CYCLE_YEARS):
            if day != "02-29" or isleap(year):
                working[dt.date(year, month, number).toordinal() % CYCLE_DAYS] = False
    return working


@dataclass(frozen=True, slots=True)
class _Cycle:
    """before[n]: working seconds of the first n days; one more than there are days. hours: of a working day."""

    working: Days
    before: np.ndarray[Any, np.dtype[np.int64]]
    hours: tuple[tuple[int, int], ...]

    @property
    def total(self) -> int:
        return int(self.before[-1])


@lru_cache(maxsize=32)
def _cycle(calendar: Calendar, first: int) -> _Cycle:
    """The cycle that begins on the day with this ordinal number."""
    working = np.roll(_yearly(calendar), -(first % CYCLE_DAYS))
    for off, until in calendar.off_once():
        since, end = max(off.toordinal() - first, 0), min(until.toordinal() - first, CYCLE_DAYS - 1)
        working[since : max(end + 1, since)] = False
    length = sum(end - start for start, end in calendar.hours())
    before = np.concatenate([[0], np.cumsum(working * np.int64(length))])
    return _Cycle(working, before, calendar.hours())


class WorkingTime:
    """Working seconds after a moment. All results are whole seconds after it; parts of a second do not count."""

    def __init__(self, calendar: Calendar, since: dt.datetime) -> None:
        # A shift of the day before may last into the first day.
        first = max(since.toordinal() - 1, 1)
        self._cycle = _cycle(calendar, first)
        self._since = (since.toordinal() - first) * DAY_S + since.hour * 3600 + since.minute * 60 + since.second
        self._done = self._worked(self._since)

    def until(self, elapsed_s: int) -> int:
        """Working seconds within the first `elapsed_s` seconds."""
        return self._worked(self._since + elapsed_s) - self._done

    def end_of(self, working_s: int) -> int:
        """The first moment at which so many seconds have been worked; not later than the end of a shift."""
        if working_s <= 0:
            return 0
        cycles, rest = divmod(self._done + working_s - 1, self._cycle.total)
        day = bisect_left(self._cycle.before, rest + 1) - 1
        left = rest + 1 - int(self._cycle.before[day])
        for start, end in self._cycle.hours:
            if left <= end - start:
                return (cycles * CYCLE_DAYS + day) * DAY_S + start + left - self._since
            left -= end - start
        raise AssertionError("a day's shifts hold its seconds")

    def start_after(self, working_s: int) -> int:
        """The moment within a shift at which work goes on, this number of working seconds later."""
        cycles, rest = divmod(self._done + working_s, self._cycle.total)
        day = bisect_right(self._cycle.before, rest) - 1
        left = rest - int(self._cycle.before[day])
        for start, end in self._cycle.hours:
            if left < end - start:
                return max((cycles * CYCLE_DAYS + day) * DAY_S + start + left - self._since, 0)
            left -= end - start
        raise AssertionError("a day's shifts hold its seconds")

    def _worked(self, at: int) -> int:
        """Working seconds before the second `at` after the first day's midnight."""
        today = at // DAY_S
        # Every shift of the days before yesterday has ended.
        cycles, day = divmod(max(today - 1, 0), CYCLE_DAYS)
        done = cycles * self._cycle.total + int(self._cycle.before[day])
        for number in range(max(today - 1, 0), today + 1):
            if self._cycle.working[number % CYCLE_DAYS]:
                now = at - number * DAY_S
                done += sum(min(max(now - start, 0), end - start) for start, end in self._cycle.hours)
        return done

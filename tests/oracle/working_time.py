"""The factory's calendar walked day by day. The calendar itself is data, so it is read from where it is declared."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DECLARED = Path(__file__).parents[2] / "app" / "features" / "calendar.toml"
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
NAMES = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


def declared() -> dict[str, Any]:
    """The declared calendar with all its members."""
    empty: dict[str, Any] = {"working_days": [], "shifts": [], "holidays": [], "closed": []}
    return {"around_the_clock": False, **empty, **tomllib.loads(DECLARED.read_text("utf-8"))}


def ends(calendar: dict[str, Any], since: dt.datetime, work: dict[int, int]) -> dict[int, int]:
    """Seconds after `since` at which each number of working seconds has been worked, by key."""
    since, found = since.replace(microsecond=0), {key: 0 for key, seconds in work.items() if seconds <= 0}
    left = sorted((seconds, key) for key, seconds in work.items() if seconds > 0)
    done, hours = 0, stretches(calendar, since)
    while left:
        start, end = next(hours)
        length = (end - start) // SECOND
        while left and left[0][0] <= done + length:
            seconds, key = left.pop(0)
            found[key] = (start - since) // SECOND + seconds - done
        done += length
    return found


def seconds_until(calendar: dict[str, Any], since: dt.datetime, until: dt.datetime) -> int:
    """Working seconds between two moments."""
    since, until = since.replace(microsecond=0), until.replace(microsecond=0)
    total = 0
    for start, end in stretches(calendar, since):
        if start >= until:
            return total
        total += (min(end, until) - start) // SECOND
    raise AssertionError("the stretches of work never end")


def stretches(calendar: dict[str, Any], since: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Each stretch of work after a moment, in turn."""
    day = dt.datetime.combine(since, dt.time()) - DAY
    while True:
        for start, end in _hours(calendar, day):
            if end > since:
                yield max(start, since), end
        day += DAY


def _hours(calendar: dict[str, Any], day: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    if calendar["around_the_clock"]:
        return [(day, day + DAY)]
    if NAMES[day.weekday()] not in calendar["working_days"] or _is_off(calendar, day):
        return []
    found = []
    for shift in calendar["shifts"]:
        start, end = (dt.datetime.combine(day, dt.time.fromisoformat(shift[name])) for name in ("start", "end"))
        found.append((start, end if end > start else end + DAY))
    return sorted(found)


def _is_off(calendar: dict[str, Any], day: dt.datetime) -> bool:
    of_this_year, yearly = f"{day:%Y-%m-%d}", f"{day:%m-%d}"
    if of_this_year in calendar["holidays"] or yearly in calendar["holidays"]:
        return True
    for closure in calendar["closed"]:
        first, last = closure["first"], closure["last"]
        today = of_this_year if len(first) == 10 else yearly
        if first <= today <= last or (last < first and not last < today < first):
            return True
    return False

"""The factory's calendar walked day by day. The calendar itself is data, so it is read from where it is declared."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

DECLARED = Path(__file__).parents[3] / "app" / "features" / "calendar.toml"
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
NAMES = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


def declared() -> dict[str, Any]:
    """The declared calendar with all its members."""
    empty: dict[str, Any] = {"working_days": [], "shifts": [], "holidays": [], "closed": []}
    return {"around_the_clock": False, **empty, **tomllib.loads(DECLARED.read_text("utf-8"))}


def ends(
    calendar: dict[str, Any], since: dt.datetime, work: dict[Any, int], overtime: Sequence[dict[str, Any]] = ()
) -> dict[Any, int]:
    """Seconds after `since` at which each number of working seconds has been worked, by key."""
    since, found = since.replace(microsecond=0), {key: 0 for key, seconds in work.items() if seconds <= 0}
    left = sorted((seconds, key) for key, seconds in work.items() if seconds > 0)
    done, hours = 0, stretches(calendar, since, overtime)
    while left:
        start, end = next(hours)
        length = (end - start) // SECOND
        while left and left[0][0] <= done + length:
            seconds, key = left.pop(0)
            found[key] = (start - since) // SECOND + seconds - done
        done += length
    return found


def seconds_until(
    calendar: dict[str, Any], since: dt.datetime, until: dt.datetime, overtime: Sequence[dict[str, Any]] = ()
) -> int:
    """Working seconds between two moments."""
    since, until = since.replace(microsecond=0), until.replace(microsecond=0)
    total = 0
    for start, end in stretches(calendar, since, overtime):
        if start >= until:
            return total
        total += (min(end, until) - start) // SECOND
    raise AssertionError("the stretches of work never end")


def stretches(
    calendar: dict[str, Any], since: dt.datetime, overtime: Sequence[dict[str, Any]] = ()
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Each stretch of work after a moment, in turn."""
    extra = extra_of(overtime, calendar)
    day = dt.datetime.combine(since, dt.time()) - 2 * DAY
    until = since
    while True:
        later = [(start, end) for start, end, _ in extra if day <= start < day + DAY]
        for start, end in sorted(_hours(calendar, day) + later):
            if end > until:
                yield max(start, until), end
                until = end
        day += DAY


def extra_of(
    overtime: Sequence[dict[str, Any]], calendar: dict[str, Any]
) -> list[tuple[dt.datetime, dt.datetime, int | None]]:
    """Each day's overtime: from, to, phase (None: of all)."""
    found = []
    for one in overtime:
        day, last = (dt.datetime.fromisoformat(one[name]) for name in ("first", "last"))
        while day <= last:
            usual = "ALL" if calendar["around_the_clock"] else calendar["working_days"]
            named = NAMES[day.weekday()] in (one.get("weekdays") or usual)
            if named and (one.get("on_days_off") or not _is_off(calendar, day)):
                opens = min(dt.time.fromisoformat(shift["start"]) for shift in calendar["shifts"])
                hours = _hours(calendar, day)
                start = hours[-1][1] if hours else dt.datetime.combine(day, opens)
                found.append((start, start + dt.timedelta(hours=one["hours"]), one.get("phase_id")))
            day += DAY
    return found


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

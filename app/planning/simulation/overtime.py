"""Overtime as working seconds, and the stops of the phases that do not take part. docs/kpis.md, "Working time"."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from app.features.calendar import DAY_S, Calendar
from app.planning.simulation.interruptions import Span, joined, without
from app.planning.simulation.scenario_parts import Overtime
from app.planning.simulation.working_time import WorkingTime
from app.planning.snapshot.live_run import PlanningError

Spans = dict[int | None, list[Span]]
"""Overtime in seconds after as_of, by phase; None: of the whole factory."""


class OvertimeRefused(PlanningError):
    """The calendar leaves no room for this overtime. place: of the entry in the scenario."""

    code = "OVERTIME_REFUSED"

    def __init__(self, place: int, message: str) -> None:
        super().__init__(message)
        self.place = place


class OvertimeTime(WorkingTime):
    """Working seconds of a calendar and of overtime outside its shifts."""

    def __init__(self, calendar: Calendar, since: dt.datetime, extra: Iterable[Span]) -> None:
        super().__init__(calendar, since)
        self._extra = joined(extra)
        self._before = list(accumulate((end - start for start, end in self._extra), initial=0))
        self._starts = [
            super(OvertimeTime, self).until(start) + before
            for (start, _), before in zip(self._extra, self._before, strict=False)
        ]

    def until(self, elapsed_s: int) -> int:
        """Working seconds within the first `elapsed_s` seconds."""
        place = bisect_right(self._extra, (elapsed_s, -1))
        extra = self._before[place]
        if place:
            extra -= max(self._extra[place - 1][1] - elapsed_s, 0)
        return super().until(elapsed_s) + extra

    def end_of(self, working_s: int) -> int:
        """The first moment at which so many seconds have been worked; not later than the end of a shift."""
        place = bisect_left(self._starts, working_s)
        if place and working_s - self._starts[place - 1] <= self._length(place - 1):
            return self._extra[place - 1][0] + working_s - self._starts[place - 1]
        return super().end_of(working_s - self._before[place])

    def start_after(self, working_s: int) -> int:
        """The moment within a shift at which work goes on, this number of working seconds later."""
        place = bisect_right(self._starts, working_s)
        if place and working_s - self._starts[place - 1] < self._length(place - 1):
            return self._extra[place - 1][0] + working_s - self._starts[place - 1]
        return super().start_after(working_s - self._before[place])

    def _length(self, place: int) -> int:
        return self._extra[place][1] - self._extra[place][0]


def spans_of(given: Sequence[Overtime], calendar: Calendar, as_of: dt.datetime) -> Spans:
    """The overtime that is still to come. Raises OvertimeRefused for the first entry that has no room."""
    now = as_of.toordinal() * DAY_S + as_of.hour * 3600 + as_of.minute * 60 + as_of.second
    found: Spans = defaultdict(list)
    taken: dict[dt.date, set[int | None]] = defaultdict(set)
    for place, one in enumerate(given):
        for day in one.days(calendar):
            if one.phase_id in taken[day] or None in taken[day] or (one.phase_id is None and taken[day]):
                raise OvertimeRefused(place, f"Overtime of {day} is given twice: give each phase one entry a day.")
            taken[day].add(one.phase_id)
            start, room = _room(calendar, day)
            if one.seconds > room:
                raise OvertimeRefused(
                    place,
                    f"{one.hours:g} h of overtime on {day} last into the next day's first shift: give at most"
                    f" {room / 3600:g} h.",
                )
            since = day.toordinal() * DAY_S + start - now
            if since + one.seconds > 0:
                found[one.phase_id].append((max(since, 0), since + one.seconds))
    return dict(found)


def _room(calendar: Calendar, day: dt.date) -> tuple[int, int]:
    """Second of the day from which on overtime is worked, and how many seconds fit."""
    hours = calendar.hours()
    first = hours[0][0]
    works = day.weekday() in calendar.weekdays() and not calendar.is_off(day)
    start = hours[-1][1] if works else first
    return start, first + DAY_S - start


def stops_of(spans: Spans, time: WorkingTime, phase_ids: Iterable[int]) -> dict[int, list[Span]]:
    """Working seconds of each phase in which only others have overtime."""
    of_all = [one for spans_of_phase in spans.values() for one in spans_of_phase]
    of_factory = spans.get(None, [])
    if len(of_all) == len(of_factory):
        return {}
    usual = [(time.until(start), time.until(end)) for start, end in without(of_all, of_factory)]
    own = {
        phase_id: [(time.until(start), time.until(end)) for start, end in without(of_all, of_factory + spans[phase_id])]
        for phase_id in spans
        if phase_id is not None
    }
    return {phase_id: own.get(phase_id, usual) for phase_id in phase_ids}

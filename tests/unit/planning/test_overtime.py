"""Overtime beside a calendar, against a walk minute by minute; docs/kpis.md, "Working time"."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.features.calendar import Calendar
from app.planning.simulation.overtime import OvertimeRefused, OvertimeTime, spans_of, stops_of
from app.planning.simulation.scenario_parts import Overtime

MINUTE = 60
WEEK = Calendar.model_validate(
    {
        "working_days": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
        "shifts": [{"start": "08:00", "end": "12:00"}, {"start": "13:00", "end": "17:00"}],
        "holidays": ["2024-03-06"],
    }
)
SUNDAY = dt.datetime(2024, 3, 3)
moments = st.integers(0, 9 * 24 * 60).map(lambda n: SUNDAY + dt.timedelta(minutes=n))
EVENINGS = {"first": "2024-03-04", "last": "2024-03-08", "hours": 2}
SATURDAY = {"first": "2024-03-01", "last": "2024-03-31", "hours": 5, "weekdays": ["SATURDAY"]}
HOLIDAY = {"first": "2024-03-06", "last": "2024-03-06", "hours": 24, "on_days_off": True}


def extra(*given: dict[str, Any]) -> list[Overtime]:
    return [Overtime.model_validate(one) for one in given]


def is_worked(at: dt.datetime) -> bool:
    """Work of WEEK with EVENINGS and SATURDAY in the minute that begins then."""
    hour = at.hour + at.minute / 60
    if at.weekday() == 5:
        return 8 <= hour < 13
    if at.weekday() > 4 or at.date() == dt.date(2024, 3, 6):
        return False
    evening = at.date() <= dt.date(2024, 3, 8) and 17 <= hour < 19
    return 8 <= hour < 12 or 13 <= hour < 17 or evening


def time_of(since: dt.datetime) -> OvertimeTime:
    spans = spans_of(extra(EVENINGS, SATURDAY), WEEK, since)
    return OvertimeTime(WEEK, since, spans.get(None, []))


@given(moments, st.integers(0, 9 * 24 * 60))
def test_working_time_is_the_sum_of_the_worked_minutes(since: dt.datetime, minutes: int) -> None:
    worked = sum(is_worked(since + dt.timedelta(minutes=n)) for n in range(minutes))
    assert time_of(since).until(minutes * MINUTE) == worked * MINUTE


@given(moments, st.integers(0, 400_000))
def test_end_is_the_first_moment_and_start_the_last_with_so_much_work_done(since: dt.datetime, work: int) -> None:
    time = time_of(since)
    end, start = time.end_of(work), time.start_after(work)
    assert time.until(end) == time.until(start) == work
    assert end == 0 or time.until(end - 1) == work - 1
    assert time.until(start + 1) == work + 1
    assert end <= start


def test_holidays_have_overtime_only_where_that_is_said() -> None:
    assert [len(spans.get(None, [])) for spans in (spans_of(extra(EVENINGS), WEEK, SUNDAY), {})] == [4, 0]
    (span,) = spans_of(extra(HOLIDAY), WEEK, SUNDAY)[None]
    assert span == (3 * 86_400 + 8 * 3600, 4 * 86_400 + 8 * 3600)


def test_phases_without_overtime_rest_in_that_of_others() -> None:
    spans = spans_of(extra({**EVENINGS, "phase_id": 1}, {**EVENINGS, "hours": 3, "phase_id": 2}), WEEK, SUNDAY)
    time = OvertimeTime(WEEK, SUNDAY, [one for some in spans.values() for one in some])
    stops = stops_of(spans, time, (1, 2, 3))
    assert [sum(end - start for start, end in stops[phase]) for phase in (1, 2, 3)] == [4 * 3600, 0, 12 * 3600]


@pytest.mark.parametrize(
    ("given", "place", "part"),
    [
        ([{**EVENINGS, "hours": 15.5}], 0, "at most 15 h"),
        ([EVENINGS, {**EVENINGS, "phase_id": 3, "first": "2024-03-08"}], 1, "2024-03-08 is given twice"),
        ([{**EVENINGS, "phase_id": 3}, {**EVENINGS, "phase_id": 3}], 1, "2024-03-04 is given twice"),
    ],
)
def test_overtime_without_room_is_refused(given: list[dict[str, Any]], place: int, part: str) -> None:
    with pytest.raises(OvertimeRefused, match=part) as refusal:
        spans_of(extra(*given), WEEK, SUNDAY)
    assert refusal.value.place == place


def test_around_the_clock_there_is_no_room() -> None:
    with pytest.raises(OvertimeRefused, match="at most 0 h"):
        spans_of(extra(EVENINGS), Calendar(around_the_clock=True), SUNDAY)


def test_shifts_with_overtime_up_to_the_next_shift_leave_no_gap() -> None:
    spans = spans_of(extra({**EVENINGS, "hours": 15}), WEEK, SUNDAY)[None]
    assert all(end - start == 15 * 3600 for start, end in spans)
    assert spans[0][1] == 2 * 86_400 + 8 * 3600


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_overtime_at_either_end_of_the_calendar_is_no_error(year: str) -> None:
    given = extra({**EVENINGS, "first": f"{year}-01-01", "last": f"{year}-12-31", "hours": 0.00001})
    assert OvertimeTime(WEEK, SUNDAY, spans_of(given, WEEK, SUNDAY).get(None, [])).end_of(3600) == 86_400 + 9 * 3600

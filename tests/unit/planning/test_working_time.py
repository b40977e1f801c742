"""Working seconds as moments and back, against a walk minute by minute; docs/kpis.md, "Working time"."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.features.calendar import Calendar, load_calendar
from app.planning.simulation.working_time import CYCLE_DAYS, WorkingTime

MINUTE, DAY = 60, 86_400
ALWAYS = Calendar(around_the_clock=True)
NIGHTS = Calendar.model_validate(
    {
        "working_days": ["TUESDAY", "SATURDAY", "SUNDAY"],
        "shifts": [{"start": "22:00", "end": "06:30"}, {"start": "10:00", "end": "10:05"}],
        "holidays": ["02-29", "2024-03-02"],
        "closed": [{"first": "12-30", "last": "01-02"}, {"first": "2024-03-09", "last": "2024-03-10"}],
    }
)
moments = st.datetimes(dt.datetime(2024, 2, 25), dt.datetime(2024, 3, 12))


def is_worked_at_night(at: dt.datetime) -> bool:
    """Work of NIGHTS in the minute that begins then."""
    for day, minutes in ((at, (600, 605)), (at, (1320, 1440)), (at - dt.timedelta(days=1), (0, 390))):
        is_off = f"{day:%m-%d}" == "02-29" or f"{day:%m-%d}" in ("03-02", "03-09", "03-10")
        if day.weekday() in (1, 5, 6) and not is_off and minutes[0] <= at.hour * 60 + at.minute < minutes[1]:
            return True
    return False


@given(moments, st.integers(0, 2 * 24 * 60))
def test_working_time_is_the_sum_of_the_worked_minutes(since: dt.datetime, minutes: int) -> None:
    since = since.replace(second=0, microsecond=0)
    worked = sum(is_worked_at_night(since + dt.timedelta(minutes=n)) for n in range(minutes))
    assert WorkingTime(NIGHTS, since).until(minutes * MINUTE) == worked * MINUTE


@given(moments, st.integers(0, 400_000))
def test_end_is_the_first_moment_and_start_the_last_with_so_much_work_done(since: dt.datetime, work: int) -> None:
    time = WorkingTime(NIGHTS, since)
    end, start = time.end_of(work), time.start_after(work)
    assert time.until(end) == time.until(start) == work
    assert end == 0 or time.until(end - 1) == work - 1
    assert time.until(start + 1) == work + 1
    assert end <= start


@given(moments, st.integers(0, 10**12))
def test_around_the_clock_every_second_is_worked(since: dt.datetime, work: int) -> None:
    time = WorkingTime(ALWAYS, since)
    assert time.end_of(work) == time.start_after(work) == time.until(work) == work


@pytest.mark.parametrize("calendar", [load_calendar(), NIGHTS])
def test_years_repeat_beyond_the_last_day_of_the_calendar(calendar: Calendar) -> None:
    time = WorkingTime(calendar, dt.datetime(9999, 12, 1, 12))
    cycle = time.until(CYCLE_DAYS * DAY)
    assert time.end_of(3 * cycle + 5) == 3 * CYCLE_DAYS * DAY + time.end_of(5)


def test_the_first_day_of_all_has_none_before_it() -> None:
    assert WorkingTime(ALWAYS, dt.datetime(1, 1, 1)).end_of(7) == 7


def test_closed_over_the_end_of_the_year() -> None:
    time = WorkingTime(NIGHTS, dt.datetime(2023, 12, 29, 12))
    assert time.until(4 * DAY + DAY // 2) == 0  # until Wednesday: Saturday 30 to Tuesday, January 2, are off

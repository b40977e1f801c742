"""The throughput window of a period, for any period and any as_of."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database.schema.aggregates import THROUGHPUT_DAYS
from app.planning.snapshot.period import Period

DAY = dt.timedelta(days=1)
AS_OF = dt.datetime(2024, 5, 10, 16, 30)
days = st.none() | st.dates()


@given(first=days, end=days, as_of=st.datetimes(max_value=dt.datetime(2100, 12, 31)))
def test_window_lies_within_the_period_and_the_data(
    first: dt.date | None, end: dt.date | None, as_of: dt.datetime
) -> None:
    start, stop = Period(first, end).window(as_of)
    assert start <= stop <= as_of.date() + DAY
    assert end is None or stop <= end
    assert first is None or start >= first or start == stop
    assert first is not None or (stop - start).days == min(THROUGHPUT_DAYS, (stop - dt.date.min).days)


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (dt.date(2024, 5, 1), dt.date(2024, 5, 4), (dt.date(2024, 5, 1), dt.date(2024, 5, 4))),
        (dt.date(2024, 5, 1), None, (dt.date(2024, 5, 1), dt.date(2024, 5, 11))),
        (dt.date(2024, 5, 1), dt.date(2025, 1, 1), (dt.date(2024, 5, 1), dt.date(2024, 5, 11))),
        (None, dt.date(2024, 5, 10), (dt.date(2024, 4, 10), dt.date(2024, 5, 10))),
        (None, dt.date(2024, 5, 12), (dt.date(2024, 4, 11), dt.date(2024, 5, 11))),
        (dt.date(2024, 5, 10), None, (dt.date(2024, 5, 10), dt.date(2024, 5, 11))),
        (None, dt.date(1, 1, 9), (dt.date.min, dt.date(1, 1, 9))),
        (dt.date(2024, 5, 12), dt.date(2024, 6, 1), (dt.date(2024, 5, 11), dt.date(2024, 5, 11))),
    ],
)
def test_window_ends_with_the_period_but_not_after_as_of(
    first: dt.date | None, end: dt.date | None, expected: tuple[dt.date, dt.date]
) -> None:
    assert Period(first, end).window(AS_OF) == expected


def test_window_has_no_day_when_nothing_happened() -> None:
    start, stop = Period(dt.date(2024, 1, 1), None).window(None)
    assert start == stop


def test_bounds_of_a_period_are_parameters_of_its_statements() -> None:
    period = Period(dt.date(2024, 5, 1), dt.date(2024, 5, 4))
    assert period.bound(AS_OF) == {
        "first_day": dt.date(2024, 5, 1),
        "end_day": dt.date(2024, 5, 4),
        "window_first_day": dt.date(2024, 5, 1),
        "window_end_day": dt.date(2024, 5, 4),
    }
    assert Period(None, None).bound(AS_OF) == {
        "first_day": dt.date.min,
        "end_day": dt.date.max,
        "window_first_day": dt.date(2024, 4, 11),
        "window_end_day": dt.date(2024, 5, 11),
    }

"""Risk, estimate and slack of one order, as docs/kpis.md defines them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.risk import Risk, lateness

AS_OF = dt.datetime(2025, 3, 10, 18, 30)
transports = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2026, 12, 31))
hours = st.floats(0, 20_000)


@pytest.mark.parametrize(
    ("transport", "estimate", "risk", "slack"),
    [
        (dt.datetime(2025, 3, 9, 23, 59), (0, 0.0), Risk.OVERDUE, -1),
        (dt.datetime(2025, 3, 9), None, Risk.OVERDUE, None),
        (dt.datetime(2025, 3, 10), (0, 0.0), Risk.ON_TRACK, 0),
        (dt.datetime(2025, 3, 10), (1, 5.4), Risk.ON_TRACK, 0),
        (dt.datetime(2025, 3, 10), (1, 5.5), Risk.LATE, -1),
        (dt.datetime(2025, 3, 10), None, Risk.UNKNOWN, None),
        (dt.datetime(2025, 3, 20), (3, 24.0), Risk.ON_TRACK, 9),
    ],
)
def test_days_are_calendar_days_and_the_transport_day_itself_is_in_time(
    transport: dt.datetime, estimate: tuple[int, float] | None, risk: Risk, slack: int | None
) -> None:
    found = lateness(AS_OF, transport, estimate)
    assert (found["risk"], found["slack_days"]) == (risk, slack)


@given(transports, hours, hours)
def test_more_work_never_lessens_the_risk(transport: dt.datetime, some: float, more: float) -> None:
    less, greater = (lateness(AS_OF, transport, (1, one)) for one in sorted((some, more)))
    severity = (Risk.ON_TRACK, Risk.LATE, Risk.OVERDUE)
    assert greater["slack_days"] <= less["slack_days"]  # type: ignore[operator]
    assert severity.index(greater["risk"]) >= severity.index(less["risk"])
    assert less["slack_days"] <= less["days_to_transport"]  # type: ignore[operator]


@given(transports)
def test_nothing_is_estimated_without_an_estimate(transport: dt.datetime) -> None:
    found = lateness(AS_OF, transport, None)
    assert {name for name, value in found.items() if value is None} == {
        "remaining_steps",
        "remaining_flow_hours",
        "eta_at",
        "slack_days",
    }
    assert found["risk"] in (Risk.OVERDUE, Risk.UNKNOWN)

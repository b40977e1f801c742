"""Reasons for which a result no longer holds: its age, and waivers and trials that have ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from release_gate.sealing.result import evidence_at

CLOCK_TOLERANCE = dt.timedelta(minutes=1)
"""Largest difference between two machines' clocks that is accepted."""


def expired_waivers(result: Mapping[str, Any], now: dt.datetime) -> list[str]:
    """Waivers and trials that excused a failure and have ended since.

    A waiver's day is local to this machine, a trial's is in UTC.
    """
    today, day = now.astimezone().date().isoformat(), now.astimezone(dt.UTC).date().isoformat()
    refused = [
        f"It passed under a waiver of {waiver['check']} that expired on {waiver['expires']}."
        for waiver in result["waivers"]
        if waiver["used"] and waiver["expires"] < today
    ]
    return refused + [
        f"{check['id']} was on trial until {check['trial_until']} and did not pass; it decides now."
        for criterion in result["criteria"]
        for check in criterion["checks"]
        if check.get("trial_until", day) < day and check["outcome"] != "PASSED"
    ]


def of_age(result: Mapping[str, Any], max_age: dt.timedelta | None, now: dt.datetime) -> list[str]:
    """Return the reason for which the result is too old, or too far in the future; empty if its age is right."""
    try:
        age = now - dt.datetime.fromisoformat(evidence_at(result))
    except (ValueError, TypeError, OverflowError) as error:
        return [f"It does not say when it ended: {error}"]
    if age < -CLOCK_TOLERANCE:
        return [f"It is from the future, by {-age}; one of the two clocks is wrong."]
    if max_age is not None and age > max_age + min(CLOCK_TOLERANCE, max_age):
        return [f"It is {age} old; at most {max_age} is accepted."]
    return []

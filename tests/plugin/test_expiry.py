"""A PASS ends with what it rests on: its age, a waiver, the trial of a check; clocks may differ a little."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest

from release_gate.sealing.expiry import expired_waivers, of_age
from release_gate.sealing.past_runs.history import unstable

NOW = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("offset_s", "max_age", "refused"),
    [
        (5, None, 0),
        (-5, None, 0),
        (-3600, HOUR, 0),
        (-3605, HOUR, 0),
        (-3700, HOUR, 1),
        (90, None, 1),
        (-1, 0 * HOUR, 1),
    ],
)
def test_clocks_may_differ_by_seconds_and_not_by_minutes(
    offset_s: int, max_age: dt.timedelta | None, refused: int
) -> None:
    finished = (NOW + dt.timedelta(seconds=offset_s)).isoformat()
    assert len(of_age({"finished_at": finished}, max_age, NOW)) == refused


@pytest.mark.parametrize("stamp", ["soon", "2026-06-15T12:00:00", "", "0001-01-01T00:00:00+23:00"])
def test_stamp_of_no_instant_is_refused(stamp: str) -> None:
    assert of_age({"finished_at": stamp, "started_at": stamp}, HOUR, NOW) != []


def result(*, expires: str = "2026-06-15", used: bool = True, **check: Any) -> dict[str, Any]:
    facts = {"id": "B2", "outcome": "FAILED", "waived": False} | check
    return {"waivers": [{"check": "B2", "expires": expires, "used": used}], "criteria": [{"checks": [facts]}]}


@pytest.mark.parametrize(
    ("record", "refused"),
    [
        (result(), 0),
        (result(expires="2026-06-13"), 1),
        (result(expires="2026-06-13", used=False), 0),
        (result(trial_until="2026-06-16"), 0),
        (result(trial_until="2026-06-13"), 1),
        (result(trial_until="2026-06-13", outcome="NOT_MEASURED"), 1),
        (result(trial_until="2026-06-13", outcome="PASSED"), 0),
    ],
)
def test_what_excused_a_failure_must_still_hold(record: dict[str, Any], refused: int) -> None:
    assert len(expired_waivers(record, NOW)) == refused


@pytest.mark.parametrize(("zone", "hour"), [("Pacific/Kiritimati", 12), ("Etc/GMT+12", 1)])
def test_day_of_a_trial_is_one_of_utc(zone: str, hour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        found = [
            expired_waivers(result(used=False, trial_until=day), NOW.replace(hour=hour))
            for day in ("2026-06-15", "2026-06-14")
        ]
    time.tzset()
    assert [len(reasons) for reasons in found] == [0, 1]


def run(check: str, *, passed: bool, **subject: Any) -> dict[str, Any]:
    told = {"state": "judged", "commit": "c", "tree_sha256": "t", "inputs": {}} | subject
    return told | {"passed": [check] if passed else [], "failed": [] if passed else [check]}


def test_check_that_passed_and_failed_on_one_subject_is_unstable() -> None:
    runs = [run("C8", passed=number != 5) for number in range(14)]
    assert unstable(runs) == [{"check": "C8", "commit": "c", "failed": 1, "runs": 14}]


@pytest.mark.parametrize(
    "other", [{"commit": "d"}, {"tree_sha256": "u"}, {"inputs": {"tea": {"sha256": "0"}}}, {"state": "contradicted"}]
)
def test_other_subject_says_nothing_of_stability(other: dict[str, Any]) -> None:
    assert unstable([run("C8", passed=True), run("C8", passed=False, **other)]) == []

"""Work by age, and the load of each week against its capacity, by docs/kpis.md; walked in Python."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tests.oracle import floor, standing
from tests.oracle.simulation import calibration, scenarios, working_time

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle
    from tests.oracle.periods import Days

DAY = dt.timedelta(days=1)
LIMITS = [1, 3, 7, 14, 28, 84]


def by_age(
    oracle: Oracle,
    include: str | None = None,
    *,
    phase: int | None = None,
    product: int | None = None,
    due: Days | None = None,
) -> dict[str, Any]:
    """prodplan/wip_age."""
    counting = standing.counting(oracle, include, product=product, due=due)
    rows = [
        row
        for row in floor.open_phases(oracle)
        if row["state"] in ("IN_PROCESS", "QUEUED")
        and row["Of_Id"] in counting
        and phase in (None, row["FaseOf_FaseId"])
    ]
    return {
        "standing": standing.shown(oracle),
        **_aged(rows),
        "phases": [
            {
                "phase_id": one["phase_id"],
                "phase_name": one["phase_name"],
                **_aged([row for row in rows if row["FaseOf_FaseId"] == one["phase_id"]]),
            }
            for one in floor.known_phases(oracle, {row["FaseOf_FaseId"] for row in rows})
        ],
    }


def _aged(rows: list[dict[str, Any]]) -> dict[str, Any]:
    ages: list[dict[str, Any]] = [
        {"from_days": first, "to_days": end, "in_process": 0, "queued": 0}
        for first, end in zip([0, *LIMITS], [*LIMITS, None], strict=True)
    ]
    for row in rows:
        ages[sum(row["age"] >= 24 * limit for limit in LIMITS)][row["state"].lower()] += 1
    return {
        "ages": ages,
        "in_process": sum(row["state"] == "IN_PROCESS" for row in rows),
        "queued": sum(row["state"] == "QUEUED" for row in rows),
    }


def load(
    oracle: Oracle, include: str | None, weeks: int = 8, *, phase: int | None = None, product: int | None = None
) -> dict[str, Any]:
    """prodplan/load."""
    shown = {"standing": standing.shown(oracle), "pace_factor": calibration.pace_factor(oracle)}
    if oracle.as_of is None:
        return {**shown, "weeks": [], "phases": []}
    counting = standing.counting(oracle, include, product=product)
    orders = [order for order in scenarios.open_orders(oracle) if order["id"] in counting]
    steps = [
        {"order": order["id"], "phase": at, "hours": taken / 3600, "week": _week(oracle, order["leaves"], weeks)}
        for order in orders
        for at, taken in order["steps"]
        if phase in (None, at)
    ]
    today = oracle.as_of.date()
    mondays = [today - today.weekday() * DAY + 7 * number * DAY for number in range(weeks)]
    hours = [_worked(oracle, monday) for monday in mondays]
    found = []
    for number, monday in enumerate(mondays):
        due = len({step["order"] for step in steps if step["week"] == number})
        takt = hours[number] / due if due else None
        found.append({"week_start": monday, "working_hours": hours[number], "due_orders": due, "takt_hours": takt})
    known = floor.known_phases(oracle, {step["phase"] for step in steps})
    return {
        **shown,
        "weeks": found,
        "phases": [_phase(oracle, one, [s for s in steps if s["phase"] == one["phase_id"]], found) for one in known],
    }


def _week(oracle: Oracle, leaves: dt.datetime | None, weeks: int) -> int | str:
    if leaves is None:
        return "undated"
    monday = oracle.now.date() - oracle.now.weekday() * DAY
    number = 0
    while leaves.date() >= monday + 7 * (number + 1) * DAY:
        number += 1
        if number == weeks:
            return "later"
    return number


def _worked(oracle: Oracle, monday: dt.date) -> float:
    """Working hours of the week, from as_of on."""
    start = max(dt.datetime.combine(monday, dt.time()), oracle.now)
    end = dt.datetime.combine(monday + 7 * DAY, dt.time())
    declared = working_time.declared()
    both = [working_time.seconds_until(declared, oracle.now, moment) for moment in (start, end)]
    return (both[1] - both[0]) / 3600


def _phase(
    oracle: Oracle, one: dict[str, Any], steps: list[dict[str, Any]], weeks: list[dict[str, Any]]
) -> dict[str, Any]:
    places = calibration.usual_places(oracle, one["phase_id"])
    found = []
    for number, week in enumerate(weeks):
        own = [step["hours"] for step in steps if step["week"] == number]
        work = sum(step["hours"] for step in steps if step["week"] in range(number + 1))
        capacity = places * week["working_hours"]
        so_far = places * sum(other["working_hours"] for other in weeks[: number + 1])
        found.append(
            {
                "week_start": week["week_start"],
                "executions": len(own),
                "work_hours": sum(own),
                "capacity_hours": capacity,
                "load_ratio": sum(own) / capacity if capacity else None,
                "cumulative_load_ratio": work / so_far if so_far else None,
            }
        )
    return {
        "phase_id": one["phase_id"],
        "phase_name": one["phase_name"],
        "places": places,
        "executions": len(steps),
        "work_hours": sum(step["hours"] for step in steps),
        "later_work_hours": sum(step["hours"] for step in steps if step["week"] == "later"),
        "undated_work_hours": sum(step["hours"] for step in steps if step["week"] == "undated"),
        "weeks": found,
    }

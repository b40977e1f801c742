"""The simulation of the last 30 days against what happened, and the places in use, by docs/kpis.md, "Calibration"."""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from tests.oracle import rates, standing
from tests.oracle.simulation import scenarios, working_time

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

DAY = dt.timedelta(days=1)
PAST = """
    SELECT Of_Id, Of_DataCriacao, Of_DataAcabamento, FaseOf_FaseId, FaseOf_Inicio, FaseOf_Fim, FaseOf_Coeficiente
      FROM OrdensFabrico JOIN FasesOrdemFabrico ON FaseOf_OfId = Of_Id
     ORDER BY Of_Id, FaseOf_Sequencia, FaseOf_Id"""


@lru_cache(maxsize=4)
def calibration(oracle: Oracle) -> dict[str, Any] | None:
    """The answer's member calibration."""
    if oracle.as_of is None:
        return None
    before, lately = (_replayed(oracle, days) for days in (60, 30))
    earlier, factor = _factor(before), _factor(lately)
    completed, quick = len(lately["taken"]), _done(lately, 1)
    checked = None if earlier is None else _done(lately, earlier)
    errors = [] if factor is None else sorted(_delays(lately, factor))
    return {
        "window_days": 30,
        "open_orders": len(lately["ends"]),
        "completed_orders": completed,
        "completed_orders_per_day": completed / 30,
        "uncalibrated_orders": quick,
        "uncalibrated_orders_per_day": quick / 30,
        "pace_factor": factor,
        "checked_orders": checked,
        "checked_error_ratio": None if checked is None or not completed else checked / completed - 1,
        "error_p50_days": _between(sorted(map(abs, errors)), 0.5),
        "delay_p90_days": _between(errors, 0.9),
    }


def pace_factor(oracle: Oracle) -> float:
    """The factor of every duration."""
    return (calibration(oracle) or {}).get("pace_factor") or 1


def _replayed(oracle: Oracle, days: int) -> dict[str, Any]:
    """The work that was open so many days ago: when it was completed, in truth and at pace 1 in working seconds."""
    then = oracle.now - days * DAY
    terminal = {key for key, name in standing.standings(oracle).items() if name == "TERMINAL"}
    orders, taken = [], {}
    for key, members in groupby(oracle.records(PAST), key=lambda row: row["Of_Id"]):
        rows = list(members)
        created, done = rows[0]["Of_DataCriacao"], rows[0]["Of_DataAcabamento"]
        if key in terminal or not then - 365 * DAY <= created <= then or (done is not None and done <= then):
            continue
        left = [row for row in rows if row["FaseOf_Fim"] is None or row["FaseOf_Fim"] > then]
        busy = [row for row in left if row["FaseOf_Inicio"] is not None and row["FaseOf_Inicio"] <= then]
        if left:
            ended = [row["FaseOf_Fim"] for row in rows if row["FaseOf_Fim"] is not None and row["FaseOf_Fim"] <= then]
            since = busy[0]["FaseOf_Inicio"] if busy else max(ended, default=created)
            orders.append(
                {
                    "id": key,
                    "leaves": None,
                    "since": (since - then) // scenarios.SECOND,
                    "busy": bool(busy),
                    "steps": [
                        (row["FaseOf_FaseId"], scenarios.seconds(oracle, row, 1))
                        for row in busy + [row for row in left if row not in busy]
                    ],
                }
            )
            if done is not None and done <= then + 30 * DAY:
                taken[key] = done - then
    places = {phase: usual_places(oracle, phase) for order in orders for phase, _ in order["steps"]}
    window = working_time.seconds_until(working_time.declared(), then, then + 30 * DAY)
    return {
        "then": then,
        "taken": taken,
        "window": window,
        "ends": scenarios.dispatched(orders, places, "FIFO"),
    }


def _factor(replayed: dict[str, Any]) -> float | None:
    if len(replayed["taken"]) < 5 or not replayed["window"]:
        return None
    slowest: int = sorted(replayed["ends"].values())[: len(replayed["taken"])][-1]
    return replayed["window"] / slowest if slowest else None


def _done(replayed: dict[str, Any], factor: float) -> int:
    return sum(math.floor(end * factor + 0.5) <= replayed["window"] for end in replayed["ends"].values())


def _delays(replayed: dict[str, Any], factor: float) -> list[float]:
    work = {key: math.floor(replayed["ends"][key] * factor + 0.5) for key in replayed["taken"]}
    ends = working_time.ends(working_time.declared(), replayed["then"], work)
    return [taken / DAY - ends[key] / 86_400 for key, taken in replayed["taken"].items()]


def _between(ranked: list[float], rank: float) -> float | None:
    """The value at a rank, between its neighbours in proportion."""
    if not ranked:
        return None
    place = rank * (len(ranked) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (place - low)


@lru_cache(maxsize=256)
def usual_places(oracle: Oracle, phase: int) -> int:
    """Executions side by side that were enough in 95 % of the time in which there were any, of the last 90 days."""
    spans = []
    for one in rates.executions_of(oracle, phase):
        start, end = one["FaseOf_Inicio"], one["FaseOf_Fim"]
        if start is not None and end is not None and start < end and oracle.now - 90 * DAY < start < oracle.now:
            spans.append((start, min(end, oracle.now)))
    moments = sorted({moment for span in spans for moment in span})
    lasted: dict[int, dt.timedelta] = {}
    for since, until in pairwise(moments):
        busy = sum(start <= since < end for start, end in spans)
        lasted[busy] = lasted.get(busy, dt.timedelta()) + (until - since)
    lasted.pop(0, None)
    total, so_far = sum(lasted.values(), dt.timedelta()), dt.timedelta()
    for busy, span in sorted(lasted.items()):
        so_far += span
        if so_far * 100 >= total * 95:
            return busy
    return 1

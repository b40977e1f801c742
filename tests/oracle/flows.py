"""Remaining flow of past orders, and estimates of 120 days ago held against the truth; counted in Python."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.oracle import rates, standing

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
ENDS = """
    SELECT Of_Id, FaseOf_FaseId, FaseOf_Fim FROM OrdensFabrico JOIN FasesOrdemFabrico ON FaseOf_OfId = Of_Id
     WHERE FaseOf_Fim IS NOT NULL ORDER BY Of_Id, FaseOf_Fim, FaseOf_Sequencia, FaseOf_Id"""
ORDERS = """
    SELECT Of_Id, Of_ProdutoId, Of_DataCriacao, Of_DataAcabamento, Of_DataTransporte FROM OrdensFabrico"""
Point = int | None
"""The phase of an order's latest end; None: none has ended."""


@lru_cache(maxsize=4)
def ends(oracle: Oracle) -> dict[int, list[tuple[dt.datetime, int]]]:
    """Each order's ends with their phases, in the order of time."""
    return {
        key: [(row["FaseOf_Fim"], row["FaseOf_FaseId"]) for row in members]
        for key, members in groupby(oracle.records(ENDS), key=lambda row: row["Of_Id"])
    }


def point_at(oracle: Oracle, order: int, then: dt.datetime) -> Point:
    """The point that an order had reached at a moment."""
    reached = [phase for end, phase in ends(oracle).get(order, ()) if end <= then]
    return reached[-1] if reached else None


@lru_cache(maxsize=64)
def open_then(oracle: Oracle, days: int) -> list[dict[str, Any]]:
    """The orders that were open so many days ago, at most a year old, and completed since or production work today."""
    then = oracle.now - days * DAY
    found = []
    for row in oracle.records(ORDERS):
        created, done = row["Of_DataCriacao"], row["Of_DataAcabamento"]
        lives = standing.standings(oracle).get(row["Of_Id"]) == "PRODUCTION" if done is None else done > then
        if lives and then - 365 * DAY <= created <= then:
            found.append(row | {"point": point_at(oracle, row["Of_Id"], then)})
    return found


@lru_cache(maxsize=8)
def spreads(oracle: Oracle, made: int) -> dict[Any, tuple[int, float | None, float | None]]:
    """Orders, p50 and p90 (h) by point and of all ("ANY"), as known so many days ago."""
    known, taken = oracle.now - made * DAY, defaultdict(list)
    for days in range(made + 120, made + 480, 60):
        for row in open_then(oracle, days):
            done = row["Of_DataAcabamento"]
            hours = math.inf if done is None or done > known else (done - (oracle.now - days * DAY)) / HOUR
            taken[row["point"]].append(hours)
            taken["ANY"].append(hours)
    return {point: (len(hours), _at(hours, 50), _at(hours, 90)) for point, hours in taken.items()}


def _at(hours: list[float], percent: int) -> float | None:
    """The smallest value that at least this percentage do not exceed."""
    found = sorted(hours)[-(-len(hours) * percent // 100) - 1]
    return None if found == math.inf else found


def spread_of(oracle: Oracle, point: Point, made: int = 0) -> tuple[int, float | None, float | None]:
    """The spread of a point, or of all orders where fewer than 30 were there."""
    found = spreads(oracle, made)
    own = found.get(point, (0, None, None))
    return own if own[0] >= 30 else found.get("ANY", (0, None, None))


def members(oracle: Oracle, order: int) -> dict[str, Any]:
    """Members of an order in the risk queue."""
    count, half, most = spread_of(oracle, point_at(oracle, order, oracle.now))
    return {
        "remaining_flow_p50_hours": half,
        "remaining_flow_p90_hours": most,
        "eta_p50_at": _later(oracle.now, half),
        "eta_p90_at": _later(oracle.now, most),
        "similar_orders": count,
    }


def _later(now: dt.datetime, hours: float | None) -> dt.datetime | None:
    return None if hours is None else now + dt.timedelta(seconds=round(hours * 3600))


def past_estimates(oracle: Oracle, supported: bool) -> dict[str, Any]:
    """The member estimates_of_the_past. supported: whether standard routes may be used."""
    counts: Counter[str] = Counter()
    flags: dict[str, list[tuple[bool, bool]]] = {"p50": [], "mean": []}
    for row in open_then(oracle, 120) if oracle.as_of is not None else ():
        then, leaves, done = oracle.now - 120 * DAY, row["Of_DataTransporte"], row["Of_DataAcabamento"]
        _, half, most = spread_of(oracle, row["point"], 120)
        taken = math.inf if done is None else (done - then) / HOUR
        for name, hours in (("p50", half), ("p90", most)):
            if hours is not None and hours <= 2880:
                counts[f"{name}_orders"] += 1
                counts[f"within_{name}_orders"] += taken <= hours
        if leaves is None or not then.date() <= leaves.date() < oracle.now.date():
            continue
        is_late = done is None or done.date() > leaves.date()
        if half is not None:
            flags["p50"].append(((then + half * HOUR).date() > leaves.date(), is_late))
        flow = _mean_flow(oracle, row, then)
        if flow is not None:
            flags["mean"].append(((then + dt.timedelta(seconds=round(flow * 3600))).date() > leaves.date(), is_late))
    spread = {
        f"{kind}{name}_orders": counts[f"{kind}{name}_orders"] for kind in ("", "within_") for name in ("p50", "p90")
    }
    return spread | {
        "made_at": None if oracle.as_of is None else oracle.as_of - 120 * DAY,
        "within_p50_ratio": _share(counts["within_p50_orders"], counts["p50_orders"]),
        "within_p90_ratio": _share(counts["within_p90_orders"], counts["p90_orders"]),
        "p50_flag": _flag(flags["p50"]),
        "mean_flow_flag": _flag(flags["mean"]) if supported else None,
    }


def _mean_flow(oracle: Oracle, row: dict[str, Any], then: dt.datetime) -> float | None:
    """Hours of the steps that remained on the standard route."""
    route = rates.routes(oracle).get(row["Of_ProdutoId"])
    if route is None:
        return None
    left = route - Counter(phase for end, phase in ends(oracle).get(row["Of_Id"], ()) if end <= then)
    flows = {phase: rates.rates(oracle).get(phase, {"flow_hours": None})["flow_hours"] for phase in left}
    if None in flows.values():
        return None
    hours = math.fsum(steps * flows[phase] for phase, steps in left.items())
    return hours if hours <= 876_000 else None


def _flag(judged: list[tuple[bool, bool]]) -> dict[str, Any]:
    flagged, late = sum(flag for flag, _ in judged), sum(is_late for _, is_late in judged)
    both = sum(flag and is_late for flag, is_late in judged)
    return {
        "due_orders": len(judged),
        "late_orders": late,
        "flagged_orders": flagged,
        "flagged_late_orders": both,
        "came_true_ratio": _share(both, flagged),
        "found_ratio": _share(both, late),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

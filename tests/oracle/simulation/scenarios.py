"""The open work dispatched by hand: one list per phase, searched anew at every moment at which something ends."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.oracle import floor, rates, standing
from tests.oracle.simulation import calibration, interrupted, working_time
from tests.oracle.simulation.scenario import Scenario

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

SECOND = dt.timedelta(seconds=1)
OPEN = """
    SELECT Of_Id, Of_ProdutoId, Of_DataTransporte, FaseOf_FaseId, FaseOf_Coeficiente, FaseOf_Inicio, FaseOf_Fim,
           coalesce(FaseOf_Inicio, max(FaseOf_Fim) OVER (PARTITION BY Of_Id), Of_DataCriacao) AS since
      FROM OrdensFabrico JOIN FasesOrdemFabrico ON FaseOf_OfId = Of_Id
     WHERE Of_DataAcabamento IS NULL
     ORDER BY Of_Id, FaseOf_Inicio IS NULL, FaseOf_Sequencia, FaseOf_Id"""
NEVER = 10**18
ETA_NOTE = (
    "From as_of on, the open phases dispatched in turn at the given capacities; standard routes do not count."
    " /api/prodplan/risk_queue adds up mean flow times instead (MEAN_FLOW), so its times differ."
)
LISTS = ("first_orders", "vip_orders", "due_dates", "breakdowns", "overtime")


def simulation(oracle: Oracle, run_id: int, scenario: Scenario) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """whatif/simulate: FIFO at usual capacities against the scenario; and the rows of its file, orders by number."""
    counting = standing.counting(oracle, scenario.include)
    orders = [order for order in open_orders(oracle) if order["id"] in counting]
    usual = {phase: calibration.usual_places(oracle, phase) for order in orders for phase, _ in order["steps"]}
    declared = working_time.declared()
    before = _in_time(oracle, declared, dispatched(orders, usual, "FIFO"))
    plan = interrupted.Plan(oracle, scenario)
    after = plan.clock(plan.ends)
    both = [({order["id"]: order for order in some}, ends) for some, ends in ((orders, before), (plan.orders, after))]
    late = [{key for key, order in some.items() if _is_late(oracle, order, ends)} for some, ends in both]
    outcomes = [_outcome(oracle, list(some.values()), ends) for some, ends in both]
    moved = _moved(orders, before, after)
    lines = {
        key: _affected(oracle, order, both[1][0][key], before[key], after[key]) for key, order in both[0][0].items()
    }
    body = {
        **asked_for(oracle, run_id, scenario),
        "standing": standing.shown(oracle),
        "open_orders": len(counting),
        "simulated_orders": len(orders),
        "affected_orders": len(moved),
        "baseline": outcomes[0],
        "simulated": outcomes[1],
        "delta": _delta(*outcomes),
        "eta_method": "DISPATCH",
        "eta_note": ETA_NOTE,
        "calendar": declared,
        "calibration": calibration.calibration(oracle),
        "most_affected_orders": [lines[one["id"]] for one in moved[:20]],
        "becoming_late_orders": sorted(late[1] - late[0]),
        "no_longer_late_orders": sorted(late[0] - late[1]),
        "phases": _assumed(oracle, orders, usual, scenario.capacities),
    }
    return body, [lines[key] for key in sorted(lines)]


def _moved(orders: list[dict[str, Any]], before: dict[int, int], after: dict[int, int]) -> list[dict[str, Any]]:
    """The orders with another end, the largest difference first."""
    moved = [order for order in orders if before[order["id"]] != after[order["id"]]]
    return sorted(moved, key=lambda order: (-abs(after[order["id"]] - before[order["id"]]), order["id"]))


def _delta(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: None if before[name] is None else after[name] - before[name] for name in before}


def asked_for(oracle: Oracle, run_id: int, scenario: Scenario) -> dict[str, Any]:
    """The scenario as the answer shows it, and its fingerprint."""
    rule, capacities, include, more = scenario
    members = {
        "rule": rule,
        "include": "terminal,stale" if include == "stale,terminal" else include,
        "capacity_overrides": [{"phase_id": key, "capacity": capacities[key]} for key in sorted(capacities)],
    }
    digest = hashlib.sha256(oracle.path.read_bytes()).hexdigest()
    asked = {"run_id": run_id, "excel_sha256": digest, **members, **shown(more)}
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return {
        "scenario": members | {"calendar": None} | {name: [] for name in LISTS} | shown(more),
        "scenario_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def shown(more: dict[str, Any]) -> dict[str, Any]:
    """Further members of a scenario with all of theirs."""
    unsaid: dict[str, dict[str, Any]] = {
        "breakdowns": {"places": None},
        "overtime": {"weekdays": [], "on_days_off": False, "phase_id": None},
    }
    whole = {name: [unsaid[name] | one for one in value] if name in unsaid else value for name, value in more.items()}
    for one in whole.get("overtime", ()):
        one["hours"] = float(one["hours"])
    return whole


def open_orders(oracle: Oracle) -> list[dict[str, Any]]:
    """Open orders with open phases: their steps (phase, seconds), and how long they have waited for the first."""
    orders = []
    for order_id, members in groupby(oracle.records(OPEN), key=lambda row: row["Of_Id"]):
        rows = [row for row in members if row["FaseOf_Fim"] is None]
        if rows:
            orders.append(
                {
                    "id": order_id,
                    "product": rows[0]["Of_ProdutoId"],
                    "leaves": rows[0]["Of_DataTransporte"],
                    "since": (rows[0]["since"] - oracle.as_of) // SECOND,
                    "busy": rows[0]["FaseOf_Inicio"] is not None,
                    "steps": [
                        (row["FaseOf_FaseId"], seconds(oracle, row, calibration.pace_factor(oracle))) for row in rows
                    ],
                }
            )
    return orders


def dispatched(
    orders: list[dict[str, Any]],
    capacities: dict[int, int],
    rule: str,
    log: dict[int, list[tuple[int, int]]] | None = None,
) -> dict[int, int]:
    """The working second in which the last step of each order ends. log: gets each order's steps, from and to."""
    waiting: dict[int, list[dict[str, Any]]] = {phase: [] for phase in capacities}
    running: list[dict[str, Any]] = []
    for order in orders:
        first = {"order": order, "step": 0, "since": order["since"]}
        if order["busy"]:
            running.append(first | {"end": order["steps"][0][1]})
        else:
            waiting[order["steps"][0][0]].append(first)
    ends: dict[int, int] = {}
    now, changed = 0, set(waiting)
    while True:
        for phase in changed:
            places = max(capacities[phase] - sum(_phase(one) == phase for one in running), 0)
            waiting[phase].sort(key=lambda one: turn(one, rule))
            running += [one | {"end": now + one["order"]["steps"][one["step"]][1]} for one in waiting[phase][:places]]
            waiting[phase] = waiting[phase][places:]
        if not running:
            return ends
        now = min(one["end"] for one in running)
        ended = [one for one in running if one["end"] == now]
        running = [one for one in running if one["end"] > now]
        changed = {_phase(one) for one in ended}
        for one in ended:
            ends[one["order"]["id"]] = now
            if log is not None:
                began = now - one["order"]["steps"][one["step"]][1]
                log.setdefault(one["order"]["id"], []).append((began, now))
            if one["step"] + 1 < len(one["order"]["steps"]):
                following = one | {"step": one["step"] + 1, "since": now}
                waiting[_phase(following)].append(following)
                changed.add(_phase(following))


def _phase(one: dict[str, Any]) -> int:
    phase: int = one["order"]["steps"][one["step"]][0]
    return phase


def turn(one: dict[str, Any], rule: str) -> tuple[int, ...]:
    """Lowest first: the rule's own figure, the arrival, the order's number."""
    order = one["order"]
    due = order["leaves"].date().toordinal() if order["leaves"] else NEVER
    left = [taken for _, taken in order["steps"][one["step"] :]]
    slack = due * 86_400 - sum(left) if order["leaves"] else NEVER
    own = {"FIFO": 0, "EDD": due, "SPT": left[0], "SLACK": slack}[rule]
    return own, one["since"], order["id"]


def _in_time(oracle: Oracle, calendar: dict[str, Any], ends: dict[int, int]) -> dict[int, int]:
    """Seconds after as_of at which so many working seconds have been worked."""
    return working_time.ends(calendar, oracle.now, ends) if ends else {}


def seconds(oracle: Oracle, row: dict[str, Any], factor: float) -> int:
    """The working seconds that an execution takes."""
    return seconds_of(oracle, row["FaseOf_FaseId"], row["FaseOf_Coeficiente"], factor)


def seconds_of(oracle: Oracle, phase: int, own: float, factor: float) -> int:
    """The working seconds that a step with this coefficient takes; none in a phase that was never timed."""
    rate = rates.rates(oracle).get(phase, {"duration": None, "coefficient": 1})
    usual, standard = rate["duration"], rate["coefficient"]
    if usual is None:
        return 0
    if own <= 0 or standard <= 0:
        own = standard = 1
    taken: float = usual.total_seconds() * min(own / standard, 10) * factor
    return math.floor(taken + 0.5)


def _slack(oracle: Oracle, order: dict[str, Any], end: int) -> int | None:
    return None if order["leaves"] is None else (order["leaves"].date() - (oracle.now + end * SECOND).date()).days


def _is_late(oracle: Oracle, order: dict[str, Any], ends: dict[int, int]) -> bool:
    slack = _slack(oracle, order, ends[order["id"]])
    return slack is not None and slack < 0


def _outcome(oracle: Oracle, orders: list[dict[str, Any]], ends: dict[int, int]) -> dict[str, Any]:
    late = [slack for order in orders if (slack := _slack(oracle, order, ends[order["id"]])) is not None and slack < 0]
    return {
        "makespan_hours": max(ends.values(), default=0) / 3600,
        "mean_completion_hours": sum(ends.values()) / len(ends) / 3600 if ends else None,
        "late_orders": len(late),
        "tardiness_days": -sum(late),
    }


def _affected(
    oracle: Oracle, order: dict[str, Any], changed: dict[str, Any], before: int, after: int
) -> dict[str, Any]:
    return {
        "work_order_id": order["id"],
        "product_id": order["product"],
        "transport_at": order["leaves"],
        "baseline_completion_at": oracle.now + before * SECOND,
        "simulated_completion_at": oracle.now + after * SECOND,
        "completion_delta_hours": (after - before) / 3600,
        "baseline_slack_days": _slack(oracle, order, before),
        "simulated_slack_days": _slack(oracle, changed, after),
    }


def _assumed(
    oracle: Oracle, orders: list[dict[str, Any]], usual: dict[int, int], capacities: dict[int, int]
) -> list[dict[str, Any]]:
    phases = []
    for phase in floor.known_phases(oracle, set(usual)):
        steps = [taken for order in orders for at, taken in order["steps"] if at == phase["phase_id"]]
        median = rates.rates(oracle)[phase["phase_id"]]["duration"]
        phases.append(
            {
                "phase_id": phase["phase_id"],
                "phase_name": phase["phase_name"],
                "executions": len(steps),
                "duration_median_s": median.total_seconds() if median is not None else None,
                "work_hours": sum(steps) / 3600,
                "baseline_capacity": usual[phase["phase_id"]],
                "capacity": capacities.get(phase["phase_id"], usual[phase["phase_id"]]),
            }
        )
    return phases

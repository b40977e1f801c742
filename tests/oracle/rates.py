"""Pace of each phase, bottlenecks and lateness; computed row by row in Python."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.oracle import floor, standing

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle
    from tests.oracle.periods import Days

WINDOW = dt.timedelta(days=30)
WALK = """
    SELECT FaseOf_Id, Of_Id, Of_DataCriacao, FaseOf_FaseId, FaseOf_Inicio, FaseOf_Fim, FaseOf_Coeficiente,
           FaseOf_Retorno
      FROM FasesOrdemFabrico JOIN OrdensFabrico ON Of_Id = FaseOf_OfId
     ORDER BY Of_Id, FaseOf_Sequencia, FaseOf_Id"""


@lru_cache(maxsize=4)
def rates(oracle: Oracle) -> dict[int, dict[str, Any]]:
    """Executions finished in the window (recent), mean flow (h), median duration and median coefficient, by phase."""
    found = defaultdict(list)
    for one in executions(oracle):
        found[one["FaseOf_FaseId"]].append(one)
    return {
        phase: {
            "recent": sum(oracle.now - WINDOW < one["FaseOf_Fim"] <= oracle.now for one in ended(members)),
            "flow_hours": mean_hours([one["flow"] for one in ended(members)]),
            "duration": lower_median(durations(members)),
            "coefficient": lower_median([one["FaseOf_Coeficiente"] for one in members]),
        }
        for phase, members in found.items()
    }


@lru_cache(maxsize=4)
def executions(oracle: Oracle) -> list[dict[str, Any]]:
    """The executions, with the flow time of those that ended."""
    found = []
    for _, members in groupby(oracle.records(WALK), key=lambda row: row["Of_Id"]):
        reached = None
        for row in members:
            if row["FaseOf_Fim"] is not None:
                reached = max(reached, row["Of_DataCriacao"]) if reached else row["Of_DataCriacao"]
                row["flow"] = max(row["FaseOf_Fim"] - reached, dt.timedelta())
                reached = max(reached, row["FaseOf_Fim"])
            found.append(row)
    return found


@lru_cache(maxsize=256)
def executions_of(oracle: Oracle, phase: int) -> list[dict[str, Any]]:
    """The executions of one phase."""
    return [one for one in executions(oracle) if one["FaseOf_FaseId"] == phase]


def ended(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The executions that ended."""
    return [one for one in members if one["FaseOf_Fim"] is not None]


def durations(members: list[dict[str, Any]]) -> list[dt.timedelta]:
    """Durations of the executions whose end does not precede their start."""
    spans = [one["FaseOf_Fim"] - one["FaseOf_Inicio"] for one in ended(members) if one["FaseOf_Inicio"] is not None]
    return [span for span in spans if span >= dt.timedelta()]


def mean_hours(flows: list[dt.timedelta]) -> float | None:
    """Mean in hours; None without any."""
    return sum(flows, dt.timedelta()).total_seconds() / 3600 / len(flows) if flows else None


def lower_median(values: list[Any]) -> Any:
    """The middle value, of two the smaller; None without any."""
    return sorted(values)[(len(values) - 1) // 2] if values else None


def bottlenecks(oracle: Oracle, include: str | None = None) -> dict[str, Any]:
    """Phases by days of work ahead."""
    is_production = {
        row["Fase_Id"]: row["Fase_DeProducao"] == 1
        for row in oracle.records("SELECT Fase_Id, Fase_DeProducao FROM Fases")
    }
    phases = []
    for load in floor.schedule(oracle, include)["phases"]:
        work = load["in_process"] + load["queued"]
        if not work:
            continue
        recent = rates(oracle)[load["phase_id"]]["recent"]
        phases.append(
            {
                **{name: load[name] for name in ("phase_id", "phase_name", "in_process", "queued", "waiting")},
                "is_production": is_production.get(load["phase_id"]),
                "throughput_phases": recent,
                "throughput_phases_per_day": recent / 30,
                "days_of_work_ahead": work / (recent / 30) if recent else None,
            }
        )
    still = [phase for phase in phases if phase["days_of_work_ahead"] is None]
    moving = [phase for phase in phases if phase["days_of_work_ahead"] is not None]
    still.sort(key=lambda phase: (-(phase["in_process"] + phase["queued"]), phase["phase_id"]))
    moving.sort(key=lambda phase: (-phase["days_of_work_ahead"], phase["phase_id"]))
    days = 30 if phases else None
    return {"standing": standing.shown(oracle), "throughput_window_days": days, "phases": still + moving}


METHOD = {
    "eta_method": "MEAN_FLOW",
    "eta_note": (
        "From as_of on, the mean flow times of the steps that remain on the standard route; today's queues do not"
        " count. /api/whatif/simulate dispatches the open work instead (DISPATCH), so its times differ."
    ),
}


@lru_cache(maxsize=4)
def routes(oracle: Oracle) -> dict[int, Counter[int]]:
    """Steps of each product's standard route by phase."""
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for row in oracle.records("SELECT ProdutoFase_ProdutoId AS p, ProdutoFase_FaseId AS f FROM FasesStandardModelos"):
        found[row["p"]][row["f"]] += 1
    return found


def risk_queue(
    oracle: Oracle,
    supported: bool,
    include: str | None,
    *,
    at: int | None = None,
    product: int | None = None,
    due: Days | None = None,
) -> dict[str, Any]:
    """The orders that count and have a transport day, by risk. supported: whether standard routes may be used."""
    counting = standing.counting(oracle, include, phase=at, product=product, due=due)
    orders = [order for order in oracle.orders() if order["work_order_id"] in counting]
    finished: dict[int, Counter[int]] = defaultdict(Counter)
    for row in oracle.records(
        "SELECT FaseOf_OfId AS o, FaseOf_FaseId AS f FROM FasesOrdemFabrico WHERE FaseOf_Fim NOT NULL"
    ):
        finished[row["o"]][row["f"]] += 1
    queue = []
    for order in orders:
        if order["transport_at"] is not None:
            route = routes(oracle).get(order["product_id"]) if supported else None
            remaining = None if route is None else route - finished[order["work_order_id"]]
            queue.append(_judged(oracle, order, remaining))
    queue.sort(
        key=lambda one: (
            one["days_to_transport"] if one["slack_days"] is None else one["slack_days"],
            one["transport_at"],
            one["work_order_id"],
        )
    )
    counts = Counter(one["risk"] for one in queue)
    totals = {f"{name.lower()}_orders": counts[name] for name in ("OVERDUE", "LATE", "ON_TRACK", "UNKNOWN")}
    totals |= {"open_orders": len(orders), "orders_without_transport_date": len(orders) - len(queue)}
    return {"standing": standing.shown(oracle), "totals": totals, **METHOD, "orders": queue}


def _judged(oracle: Oracle, order: dict[str, Any], remaining: Counter[int] | None) -> dict[str, Any]:
    assert oracle.as_of is not None
    flows = {phase: rates(oracle).get(phase, {"flow_hours": None})["flow_hours"] for phase in remaining or ()}
    steps = hours = eta = slack = None
    leaves, today = dt.datetime.fromisoformat(order["transport_at"]).date(), oracle.as_of.date()
    if remaining is not None and None not in flows.values():
        steps = remaining.total()
        hours = math.fsum(count * flows[phase] for phase, count in remaining.items())
        eta = oracle.as_of + dt.timedelta(seconds=round(hours * 3600))
        slack = (leaves - eta.date()).days
    risk = "UNKNOWN" if slack is None else "LATE" if slack < 0 else "ON_TRACK"
    kept = ("work_order_id", "product_id", "phase_id", "phase_name", "created_at", "transport_at")
    return {
        **{name: order[name] for name in kept},
        "risk": "OVERDUE" if leaves < today else risk,
        "days_to_transport": (leaves - today).days,
        "remaining_steps": steps,
        "remaining_flow_hours": hours,
        "eta_at": eta,
        "slack_days": slack,
    }

"""Trend, lead times and schedule adherence, by docs/kpis.md; counted in Python."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.oracle.floor import known_phases, percentile
from tests.oracle.periods import Days

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

EDGES = (0, 7, 14, 21, 28, 42, 56, 84, 112, 168, 365, None)
ORDERS = """
    SELECT Of_ProdutoId AS product, Of_DataCriacao AS made, Of_DataAcabamento AS done, Of_DataTransporte AS leaves
      FROM OrdensFabrico"""
EXECUTIONS = """
    SELECT FaseOf_Id AS id, FaseOf_FaseId AS phase, FaseOf_Fim AS ended, FaseOf_Retorno = 1 AS again,
           FaseOf_DataPrevista AS planned
      FROM FasesOrdemFabrico WHERE FaseOf_Fim IS NOT NULL"""


def trend(oracle: Oracle, group_by: str, days: Days | None = None) -> dict[str, Any]:
    """kpis/trend."""
    parts: dict[dt.date, Counter[str]] = defaultdict(Counter)
    leads: dict[dt.date, list[float]] = defaultdict(list)

    def count(stamp: dt.datetime | None, *names: str) -> dt.date | None:
        if stamp is None or (days is not None and stamp not in days):
            return None
        day = stamp.date()
        start = day.replace(day=1) if group_by == "month" else day - dt.timedelta(days=day.weekday())
        parts[start].update(dict.fromkeys(names, 1))
        return start

    for order in oracle.records(ORDERS):
        count(order["made"], "created_orders")
        start = count(order["done"], "completed_orders")
        if start is not None and order["done"] >= order["made"]:
            leads[start].append(_days(order))
        if order["leaves"] is not None and order["leaves"].date() < oracle.now.date():
            in_time = order["done"] is not None and order["done"].date() <= order["leaves"].date()
            count(order["leaves"], "due_orders", *["due_on_time_orders"] * in_time)
    ended = {}
    for one in oracle.records(EXECUTIONS):
        ended[one["id"]] = one["ended"]
        count(one["ended"], "finished_phases", *["return_phases"] * one["again"])
    for error in oracle.records("SELECT Erro_FaseOfAvaliacao AS judge FROM Errors"):
        count(ended.get(error["judge"]), "quality_errors")
    return {
        "group_by": group_by,
        "parts": [_part(start, part, leads[start]) for start, part in sorted(parts.items())],
    }


def _part(start: dt.date, counted: Counter[str], lead_times_days: list[float]) -> dict[str, Any]:
    orders = ("created_orders", "completed_orders", "due_orders", "due_on_time_orders")
    names = (*orders, "finished_phases", "return_phases", "quality_errors")
    return {
        "start": start,
        **{name: counted[name] for name in names},
        "lead_time_p50_days": percentile(lead_times_days, 0.5),
        "on_time_delivery_by_due_ratio": _share(counted["due_on_time_orders"], counted["due_orders"]),
        "return_ratio": _share(counted["return_phases"], counted["finished_phases"]),
    }


def lead_times(
    oracle: Oracle, days: Days | None = None, *, product: int | None = None, limit: int = 50, offset: int = 0
) -> dict[str, Any]:
    """kpis/lead-times."""
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Produto_Id AS i, Produto_Nome AS n FROM Modelos")}
    by_product = defaultdict(list)
    for order in oracle.records(ORDERS):
        counts = order["done"] is not None and order["done"] >= order["made"]
        if counts and product in (None, order["product"]) and (days is None or order["done"] in days):
            by_product[order["product"]].append(_days(order))
    everything = [lead for leads in by_product.values() for lead in leads]
    ranked = sorted(by_product.items(), key=lambda one: (-len(one[1]), one[0]))
    return {
        "overall": _spread(everything),
        "histogram": [
            {
                "from_days": first,
                "to_days": end,
                "orders": sum((first or 0) <= lead and (end is None or lead < end) for lead in everything),
            }
            for first, end in pairwise(EDGES)
        ],
        "by_product_total": len(ranked),
        "by_product": [
            {"product_id": number, "product_name": names.get(number), **_spread(leads)}
            for number, leads in ranked[offset : offset + limit]
        ],
    }


def adherence(oracle: Oracle, days: Days | None = None) -> dict[str, Any]:
    """kpis/schedule-adherence."""
    late: dict[int, list[float]] = defaultdict(list)
    unplanned: Counter[int] = Counter()
    for one in oracle.records(EXECUTIONS):
        if days is None or one["ended"] in days:
            unplanned[one["phase"]] += one["planned"] is None
            late[one["phase"]] += [] if one["planned"] is None else [(one["ended"].date() - one["planned"]).days]
    phases = [
        {
            "phase_id": known["phase_id"],
            "phase_name": known["phase_name"],
            **_kept(late[known["phase_id"]]),
            "days_late_p50": percentile(late[known["phase_id"]], 0.5),
            "days_late_p90": percentile(late[known["phase_id"]], 0.9),
            "unplanned_phases": unplanned[known["phase_id"]],
        }
        for known in known_phases(oracle, set(late))
    ]
    everything = [one for own in late.values() for one in own]
    return {**_kept(everything), "unplanned_phases": unplanned.total(), "phases": phases}


def _kept(late: list[float]) -> dict[str, Any]:
    in_time = sum(one <= 0 for one in late)
    return {
        "planned_phases": len(late),
        "on_time_phases": in_time,
        "schedule_adherence_ratio": _share(in_time, len(late)),
    }


def _spread(leads: list[float]) -> dict[str, Any]:
    ranks = {"p10": 0.1, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}
    return {
        "orders": len(leads),
        "mean_days": sum(leads) / len(leads) if leads else None,
        **{f"{name}_days": percentile(leads, rank) for name, rank in ranks.items()},
    }


def _days(order: dict[str, Any]) -> float:
    return float((order["done"] - order["made"]).total_seconds() / 86400)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

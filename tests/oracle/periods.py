"""Figures of a period: each row by the calendar day of its event; counted in Python from DuckDB's rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from functools import lru_cache
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tests.oracle import floor, rates, standing

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

DAY = dt.timedelta(days=1)
ORDERS = """
    SELECT Of_Id, Of_ProdutoId AS product, Of_DataCriacao AS made, Of_DataAcabamento AS done,
           Of_DataTransporte AS leaves
      FROM OrdensFabrico"""
ERRORS = """
    SELECT Erro_OfId AS ordered, FaseOf_Fim AS judged
      FROM Errors LEFT JOIN FasesOrdemFabrico ON FaseOf_Id = Erro_FaseOfAvaliacao"""
ASSIGNED = """
    SELECT FuncionarioFaseOf_FuncionarioId AS person, FuncionarioFaseOf_Chefe AS chief, FaseOf_Inicio, FaseOf_Fim,
           FaseOf_Retorno
      FROM FuncionariosFaseOrdemFabrico JOIN FasesOrdemFabrico ON FaseOf_Id = FuncionarioFaseOf_FaseOfId
     WHERE FaseOf_Fim IS NOT NULL"""


class Days:
    """A period as the API is asked for it: ISO days or None; first counts, end does not."""

    def __init__(self, first: str | None = None, end: str | None = None) -> None:
        self.first, self.end = (None if day is None else dt.date.fromisoformat(day) for day in (first, end))

    def __contains__(self, stamp: dt.datetime | None) -> bool:
        if stamp is None:
            return False
        day = stamp.date()
        return (self.first is None or self.first <= day) and (self.end is None or day < self.end)

    @property
    def is_whole(self) -> bool:
        """True without a bound: there is no period."""
        return self.first is None and self.end is None

    @property
    def query(self) -> str:
        """The period as query parameters."""
        given = {"from": self.first, "to": self.end}
        return "&".join(f"{name}={day}" for name, day in given.items() if day is not None)

    def window(self, oracle: Oracle) -> set[dt.date]:
        """The days of its throughput."""
        if oracle.as_of is None:
            return set()
        last = oracle.as_of.date()
        if self.end is not None and self.end <= last:
            last = self.end - DAY if self.end > dt.date.min else dt.date.min
        length = 30 if self.first is None else max((last - self.first).days + 1, 0)
        return {last - DAY * back for back in range(length)}


@lru_cache(maxsize=4)
def orders(oracle: Oracle) -> list[dict[str, Any]]:
    """The orders."""
    return oracle.records(ORDERS)


def judged_orders(oracle: Oracle, days: Days) -> list[int]:
    """The order of each error that was judged in the period, known or not."""
    return [row["ordered"] for row in oracle.records(ERRORS) if days.is_whole or row["judged"] in days]


def touched_orders(oracle: Oracle, days: Days) -> set[int]:
    """Orders with an execution that was finished in the period, or an error judged in it."""
    ended = {one["Of_Id"] for one in rates.ended(rates.executions(oracle)) if one["FaseOf_Fim"] in days}
    return ended.union(judged_orders(oracle, days))


def of_orders(
    oracle: Oracle, members: list[dict[str, Any]], days: Days, errors: int, touched: set[int]
) -> dict[str, Any]:
    """Figures of orders, for the overview and for each product. errors, touched: of the period."""
    made = [order for order in members if order["made"] in days]
    done = [order for order in members if order["done"] in days]
    leads = [(order["done"] - order["made"]) / DAY for order in done if order["done"] >= order["made"]]
    judged = [order for order in done if order["leaves"] is not None]
    in_time = [order for order in judged if order["done"].date() <= order["leaves"].date()]
    due = [order for order in members if order["leaves"] in days and order["leaves"].date() < oracle.now.date()]
    kept = [order for order in due if order["done"] is not None and order["done"].date() <= order["leaves"].date()]
    against = len(members) if days.is_whole else sum(order["Of_Id"] in touched for order in members)
    return {
        "orders": len(made),
        "open_orders": sum(order["done"] is None for order in made),
        "completed_orders": len(done),
        "lead_time_orders": len(leads),
        "lead_time_mean_days": fmean(leads) if leads else None,
        "lead_time_p50_days": floor.percentile(leads, 0.5),
        "lead_time_p90_days": floor.percentile(leads, 0.9),
        "completed_before_created_orders": len(done) - len(leads),
        "delivery_orders": len(judged),
        "on_time_orders": len(in_time),
        "on_time_delivery_ratio": len(in_time) / len(judged) if judged else None,
        "due_orders": len(due),
        "due_on_time_orders": len(kept),
        "on_time_delivery_by_due_ratio": len(kept) / len(due) if due else None,
        "quality_errors": errors,
        "quality_orders": against,
        "quality_errors_per_order": errors / against if against else None,
    }


def overview(oracle: Oracle, days: Days) -> dict[str, Any]:
    """kpis/overview of a period."""
    window = days.window(oracle)
    recent = [order for order in orders(oracle) if order["done"] is not None and order["done"].date() in window]
    leads = [(order["done"] - order["made"]) / DAY for order in recent if order["done"] >= order["made"]]
    walked = rates.executions(oracle)
    finished = [one for one in walked if one["FaseOf_Fim"] in days]
    returned = sum(one["FaseOf_Retorno"] == 1 for one in finished)
    return {
        **of_orders(oracle, orders(oracle), days, len(judged_orders(oracle, days)), touched_orders(oracle, days)),
        **standing.overdue(oracle, days),
        "standing": standing.shown(oracle, days),
        "throughput_window_days": len(window),
        "throughput_orders": len(recent),
        "throughput_orders_per_day": len(recent) / len(window) if window else None,
        "recent_lead_time_orders": len(leads),
        "recent_lead_time_mean_days": fmean(leads) if leads else None,
        "recent_lead_time_p50_days": floor.percentile(leads, 0.5),
        "recent_lead_time_p90_days": floor.percentile(leads, 0.9),
        "order_phases": len(finished),
        "finished_phases": len(finished),
        "phases_without_end": sum(one["FaseOf_Fim"] is None and one["FaseOf_Inicio"] in days for one in walked),
        "return_phases": returned,
        "return_ratio": returned / len(finished) if finished else None,
    }


def by_product(oracle: Oracle, days: Days) -> list[dict[str, Any]]:
    """The products of kpis/by-product."""
    names = {row["p"]: row["n"] for row in oracle.records("SELECT Produto_Id AS p, Produto_Nome AS n FROM Modelos")}
    members = defaultdict(list)
    for order in orders(oracle):
        members[order["product"]].append(order)
    errors, touched = Counter(judged_orders(oracle, days)), touched_orders(oracle, days)
    found = [
        {
            "product_id": product,
            "product_name": names.get(product),
            **of_orders(oracle, own, days, sum(errors[order["Of_Id"]] for order in own), touched),
        }
        for product, own in members.items()
    ]
    events = ("orders", "completed_orders", "due_orders", "quality_orders")
    found = [one for one in found if any(one[name] for name in events)]
    return sorted(found, key=lambda one: (-one["orders"], -one["completed_orders"], one["product_id"]))


def by_phase(oracle: Oracle, days: Days | None) -> dict[str, Any]:
    """kpis/by-phase; days: None for the whole run, whose window are the 720 hours up to as_of."""
    finished = defaultdict(list)
    for one in rates.ended(rates.executions(oracle)):
        if days is None or one["FaseOf_Fim"] in days:
            finished[one["FaseOf_FaseId"]].append(one)
    flags = oracle.records("SELECT Fase_Id AS i, Fase_DeProducao AS d FROM Fases")
    is_production = {row["i"]: row["d"] == 1 for row in flags}
    window = set() if days is None else days.window(oracle)
    length = 30 if days is None else len(window)
    phases = []
    for phase in floor.known_phases(oracle, set(finished)):
        members = finished[phase["phase_id"]]
        ends = [one["FaseOf_Fim"] for one in members]
        spans = rates.durations(members)
        recent = sum(oracle.now - rates.WINDOW < end if days is None else end.date() in window for end in ends)
        returned = sum(one["FaseOf_Retorno"] == 1 for one in members)
        phases.append(
            {
                "phase_id": phase["phase_id"],
                "phase_name": phase["phase_name"],
                "is_production": is_production.get(phase["phase_id"]),
                "finished_phases": len(members),
                "return_phases": returned,
                "return_ratio": returned / len(members),
                "timed_phases": len(spans),
                "duration_median_s": rates.lower_median(spans).total_seconds() if spans else None,
                "flow_mean_hours": rates.mean_hours([one["flow"] for one in members]),
                "throughput_phases": recent,
                "throughput_phases_per_day": recent / length,
            }
        )
    return {"throughput_window_days": length if phases else None, "phases": phases}


def by_employee(oracle: Oracle, days: Days) -> dict[str, Any]:
    """kpis/by-employee of a period: assignments to the executions finished in it."""
    active = {
        row["p"]: row["a"] == 1
        for row in oracle.records("SELECT Funcionario_Id AS p, Funcionario_Activo AS a FROM Funcionarios")
    }
    work = defaultdict(list)
    for row in oracle.records(ASSIGNED):
        if row["FaseOf_Fim"] in days:
            work[row["person"]].append(row)
    return {
        "employees": [
            {
                "employee_id": person,
                "is_active": active.get(person),
                **dict.fromkeys(("assignments", "matched_assignments", "finished_phases"), len(own)),
                "chief_assignments": sum(row["chief"] == 1 for row in own),
                "return_phases": sum(row["FaseOf_Retorno"] == 1 for row in own),
                "timed_phases": len(rates.durations(own)),
                "elapsed_hours": sum(rates.durations(own), dt.timedelta()).total_seconds() / 3600,
            }
            for person, own in sorted(work.items())
        ]
    }


def telling(oracle: Oracle) -> list[Days]:
    """Periods worth asking of this workbook: open on a side, one day, nothing in it, bounds on the day of an event."""
    found = [Days("2023-12-30"), Days(None, "2024-06-01"), Days("2024-03-01", "2024-05-01")]
    found += [Days("2098-01-01"), Days(None, "1990-01-01"), Days("1990-01-01", "1990-01-02")]
    ends = sorted(one["FaseOf_Fim"] for one in rates.ended(rates.executions(oracle)))
    done = sorted(order["done"] for order in orders(oracle) if order["done"] is not None)
    made = sorted(order["made"] for order in orders(oracle))
    for events in (ends, done, made):
        if events:
            before, day, after = (str(events[len(events) // 2].date() + DAY * away) for away in (-1, 0, 1))
            found += [Days(day), Days(None, day), Days(day, after), Days(before, day)]
    if oracle.as_of is not None:
        last = oracle.as_of.date()
        found += [Days(str(last)), Days(None, str(last)), Days(str(last - DAY), str(last + 9 * DAY))]
    return found


def telling_due(oracle: Oracle) -> list[Days]:
    """Periods of transport dates: around the middle open one, open on a side, and one without any."""
    leaves = sorted(
        order["leaves"].date() for order in orders(oracle) if order["leaves"] is not None and order["done"] is None
    )
    middle = leaves[len(leaves) // 2] if leaves else dt.date(2025, 1, 1)
    return [
        Days(str(middle - 3 * DAY), str(middle + DAY)),
        Days(str(middle)),
        Days("1990-01-01", "1990-01-02"),
        Days(None, str(middle)),
    ]

"""The list of orders, and the backlog by due week; filtered and sorted in Python."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.oracle import rates, standing

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

ORDERS = """
    SELECT Of_Id AS work_order_id, CASE WHEN Of_DataAcabamento IS NULL THEN 'OPEN' ELSE 'COMPLETED' END AS status,
           Of_DataCriacao AS created_at, Of_DataAcabamento AS completed_at, Of_DataTransporte AS transport_at,
           Of_ProdutoId AS product_id, Produto_Nome AS product_name, Of_FaseId AS phase_id, Fase_Nome AS phase_name,
           CASE WHEN Of_DataAcabamento >= Of_DataCriacao
                THEN date_diff('microsecond', Of_DataCriacao, Of_DataAcabamento) / 86400e6 END AS lead_time_days
      FROM OrdensFabrico
      LEFT JOIN Modelos ON Produto_Id = Of_ProdutoId
      LEFT JOIN Fases ON Fase_Id = Of_FaseId"""
STAMPS = {"created": "created_at", "completed": "completed_at", "due": "transport_at"}
NEVER = "9999"


def orders(oracle: Oracle, **asked: Any) -> list[dict[str, Any]]:
    """The orders that pass the filters, sorted."""
    judged = {}
    if "risk" in asked or asked.get("sort") == "slack":
        queue = rates.risk_queue(oracle, oracle.supports_routes(), "terminal,stale")["orders"]
        judged = {one["work_order_id"]: one for one in queue}
    standings = standing.standings(oracle)
    found = []
    for row in oracle.records(ORDERS):
        risk = judged.get(row["work_order_id"], {"risk": None, "slack_days": None})
        order = {
            **{name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()},
            "standing": standings.get(row["work_order_id"]),
            "risk": risk["risk"],
            "slack_days": risk["slack_days"],
        }
        if all(_passes(oracle, order, name, str(value)) for name, value in asked.items()):
            found.append(order)
    found.sort(key=lambda order: order["work_order_id"])
    if asked.get("sort") == "slack":
        return sorted(found, key=lambda order: _slack(judged.get(order["work_order_id"])))
    if asked.get("sort") == "due":
        return sorted(found, key=lambda order: order["transport_at"] or NEVER)
    if asked.get("sort") == "age":
        return sorted(found, key=lambda order: order["created_at"])
    return sorted(found, key=lambda order: (order["created_at"], order["work_order_id"]), reverse=True)


def backlog(oracle: Oracle, include: str | None) -> dict[str, Any]:
    """prodplan/backlog."""
    counting = standing.counting(oracle, include)
    days = [
        row["Of_DataTransporte"].date()
        for row in oracle.records(standing.OPEN)
        if row["Of_Id"] in counting and row["Of_DataTransporte"] is not None
    ]
    by_week = Counter(_monday(day) for day in days)
    late = Counter(_monday(day) for day in days if day < oracle.now.date())
    return {
        "standing": standing.shown(oracle),
        "open_orders": len(counting),
        "orders_without_transport_date": len(counting) - len(days),
        "weeks": [
            {
                "week_start": week,
                "orders": by_week[week],
                "overdue_orders": late[week],
                "cumulative_orders": sum(by_week[other] for other in by_week if other <= week),
            }
            for week in sorted(by_week)
        ],
    }


def telling(oracle: Oracle) -> list[dict[str, str]]:
    """Filters and sorts worth asking of this workbook."""
    everything = oracle.records(ORDERS)
    some = everything[len(everything) // 2] if everything else {"work_order_id": 1, "product_id": 1, "phase_id": 1}
    found: list[dict[str, Any]] = [
        {},
        {"of_id": some["work_order_id"]},
        {"product": some["product_id"]},
        {"phase": some["phase_id"], "status": "OPEN"},
        {"status": "COMPLETED", "created_from": "2024-03-01T00:00:00", "created_to": "2024-05-01T00:00:00"},
        {"completed_from": "2024-03-01T00:00:00", "sort": "age"},
        {"completed_to": "2024-03-15T12:00:00", "sort": "due"},
        {"due_from": "2024-02-01T00:00:00", "due_to": "2024-08-01T00:00:00", "sort": "due"},
        {"terminal": "true", "sort": "due"},
        {"stale": "true", "terminal": "false"},
        {"status": "OPEN", "stale": "false", "sort": "age"},
        {"overdue": "true", "sort": "slack"},
        {"overdue": "false", "status": "OPEN"},
        {"sort": "slack"},
        *({"risk": risk, "sort": "due"} for risk in ("OVERDUE", "LATE", "ON_TRACK", "UNKNOWN")),
    ]
    if oracle.supports_products():
        found += [{"product_name": "k1"}, {"product_name": " á", "sort": "slack"}, {"product_name": "%"}]
    return found


def _passes(oracle: Oracle, order: dict[str, Any], name: str, value: str) -> bool:
    stamp, _, side = name.rpartition("_")
    if stamp in STAMPS:
        moment = order[STAMPS[stamp]]
        return moment is not None and (moment >= value if side == "from" else moment < value)
    is_over = order["status"] == "OPEN" and (order["transport_at"] or NEVER)[:10] < oracle.now.date().isoformat()
    passes: dict[str, Callable[[], bool]] = {
        "sort": lambda: True,
        "of_id": lambda: str(order["work_order_id"]) == value,
        "product": lambda: str(order["product_id"]) == value,
        "phase": lambda: str(order["phase_id"]) == value,
        "status": lambda: order["status"] == value,
        "risk": lambda: order["risk"] == value,
        "product_name": lambda: value.lower() in (order["product_name"] or "").lower(),
        "terminal": lambda: (order["standing"] == "TERMINAL") == (value == "true"),
        "stale": lambda: (order["standing"] == "STALE") == (value == "true"),
        "overdue": lambda: is_over == (value == "true"),
    }
    return passes[name]()


def _slack(judged: dict[str, Any] | None) -> float:
    if judged is None:
        return float("inf")
    slack: float = judged["days_to_transport"] if judged["slack_days"] is None else judged["slack_days"]
    return slack


def _monday(day: dt.date) -> dt.date:
    return dt.date.fromisocalendar(*day.isocalendar()[:2], 1)

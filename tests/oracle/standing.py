"""Open orders that are over or old, by docs/kpis.md, "Orders that are over"; written anew, counted in Python."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle
    from tests.oracle.periods import Days

OVER = {
    **dict.fromkeys((12,), "DELIVERED"),
    **dict.fromkeys((15,), "IN_USE"),
    **dict.fromkeys((72,), "REUSED"),
    **dict.fromkeys((16, 17, 50), "SCRAPPED"),
    **dict.fromkeys((9, 10, 49), "STORED"),
}
OLD = dt.timedelta(days=365)
OPEN = """
    SELECT Of_Id, Of_FaseId, Of_DataCriacao, Of_DataTransporte FROM OrdensFabrico WHERE Of_DataAcabamento IS NULL"""
INCLUDES = ("terminal", "stale", "terminal,stale", "stale,terminal")


@lru_cache(maxsize=4)
def standings(oracle: Oracle) -> dict[int, str]:
    """PRODUCTION, TERMINAL or STALE, by open order."""
    found = {}
    for order in oracle.records(OPEN):
        is_old = order["Of_DataCriacao"] < oracle.now - OLD
        found[order["Of_Id"]] = "TERMINAL" if order["Of_FaseId"] in OVER else "STALE" if is_old else "PRODUCTION"
    return found


def products(oracle: Oracle) -> dict[int, tuple[int, int]]:
    """Product and phase of each order."""
    rows = oracle.records("SELECT Of_Id, Of_ProdutoId, Of_FaseId FROM OrdensFabrico")
    return {row["Of_Id"]: (row["Of_ProdutoId"], row["Of_FaseId"]) for row in rows}


def counting(
    oracle: Oracle,
    include: str | None,
    *,
    phase: int | None = None,
    product: int | None = None,
    due: Days | None = None,
) -> set[int]:
    """The open orders that count when this is included; those at one phase, of one product, or due in a period."""
    wanted, known = {"PRODUCTION", *(include or "").upper().split(",")}, products(oracle)
    return {
        order
        for order, standing in standings(oracle).items()
        if standing in wanted
        and product in (None, known[order][0])
        and phase in (None, known[order][1])
        and order in due_in(oracle, due)
    }


@lru_cache(maxsize=64)
def due_in(oracle: Oracle, due: Days | None) -> set[int]:
    """The orders with their transport date in the period; all without one."""
    rows = oracle.records("SELECT Of_Id AS o, Of_DataTransporte AS leaves FROM OrdensFabrico")
    return {row["o"] for row in rows if due is None or row["leaves"] in due}


def overdue(oracle: Oracle, days: Days | None = None) -> dict[str, int]:
    """Open orders whose transport day is over, by standing; of a period those to be transported in it."""
    late = Counter(
        standings(oracle)[row["Of_Id"]]
        for row in oracle.records(OPEN)
        if row["Of_DataTransporte"] is not None
        and row["Of_DataTransporte"].date() < oracle.now.date()
        and (days is None or row["Of_DataTransporte"] in days)
    )
    return {
        "overdue_orders": late["PRODUCTION"],
        "overdue_terminal_orders": late["TERMINAL"],
        "overdue_stale_orders": late["STALE"],
    }


def shown(oracle: Oracle, days: Days | None = None) -> dict[str, Any]:
    """The open orders by standing; of a period those created in it."""
    orders = [row for row in oracle.records(OPEN) if days is None or row["Of_DataCriacao"] in days]
    by_standing = Counter(standings(oracle)[row["Of_Id"]] for row in orders)
    over = Counter(OVER[row["Of_FaseId"]] for row in orders if row["Of_FaseId"] in OVER)
    return {
        "open_orders": len(orders),
        "production_orders": by_standing["PRODUCTION"],
        "open_but_terminal_orders": over.total(),
        "stale_orders": by_standing["STALE"],
        "open_but_terminal_ratio": over.total() / len(orders) if orders else None,
        "stale_ratio": by_standing["STALE"] / len(orders) if orders else None,
        "open_but_terminal_by_class": [
            {"terminal_class": kind, "orders": count}
            for kind, count in sorted(over.items(), key=lambda one: (-one[1], one[0]))
        ],
    }

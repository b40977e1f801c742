"""Mass of the orders in work, and theoretical gelcoat; counted in Python."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tests.oracle import floor, standing

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle
    from tests.oracle.periods import Days

BEGUN = """
    SELECT Of_Id, Of_FaseId, Of_ProdutoId, FaseOf_Peso
      FROM OrdensFabrico JOIN FasesOrdemFabrico ON FaseOf_OfId = Of_Id
     WHERE Of_DataAcabamento IS NULL AND NOT (FaseOf_Inicio IS NULL AND FaseOf_Fim IS NULL)
     ORDER BY FaseOf_Sequencia, FaseOf_Id"""


def mass(
    oracle: Oracle,
    include: str | None = None,
    *,
    at: int | None = None,
    product: int | None = None,
    due: Days | None = None,
) -> dict[str, Any]:
    """Weighed, standard and unknown mass of the started orders that count, by their phase."""
    demoulded = {
        row["p"]: row["w"] for row in oracle.records("SELECT Produto_Id AS p, Produto_PesoDesmolde AS w FROM Modelos")
    }
    orders: dict[int, dict[str, Any]] = {}
    counting = standing.counting(oracle, include, phase=at, product=product, due=due)
    for row in (row for row in oracle.records(BEGUN) if row["Of_Id"] in counting):
        order = orders.setdefault(row["Of_Id"], {"at": row["Of_FaseId"], "product": row["Of_ProdutoId"], "kg": None})
        order["kg"] = row["FaseOf_Peso"] if row["FaseOf_Peso"] > 0 else order["kg"]
    by_phase = defaultdict(list)
    for order in orders.values():
        by_phase[order["at"]].append(order)
    supported = oracle.supports_products()
    return {
        "standing": standing.shown(oracle),
        "totals": {
            "open_orders": len(counting),
            "not_started_orders": len(counting) - len(orders),
            **_weighed(list(orders.values()), demoulded, supported),
        },
        "phases": [
            {
                "phase_id": phase["phase_id"],
                "phase_name": phase["phase_name"],
                **_weighed(by_phase[phase["phase_id"]], demoulded, supported),
            }
            for phase in floor.known_phases(oracle, set(by_phase))
        ],
    }


def _weighed(orders: list[dict[str, Any]], demoulded: dict[int, float], supported: bool) -> dict[str, Any]:
    scales = [order["kg"] for order in orders if order["kg"] is not None]
    rest = [demoulded.get(order["product"], 0) for order in orders if order["kg"] is None]
    standard = [weight for weight in rest if weight > 0]
    by_product = {
        "standard_orders": len(standard),
        "standard_mass_kg": sum(standard),
        "unknown_mass_orders": len(rest) - len(standard),
        "mass_kg": sum(scales) + sum(standard),
    }
    return {
        "started_orders": len(orders),
        "weighed_orders": len(scales),
        "weighed_mass_kg": sum(scales),
        **(by_product if supported else dict.fromkeys(by_product)),
    }


def gelcoat(
    oracle: Oracle,
    include: str | None = None,
    *,
    at: int | None = None,
    product: int | None = None,
    due: Days | None = None,
) -> dict[str, Any]:
    """Standard quantities times orders, for the open orders that count and for those completed in the last 30 days."""
    still_open: Counter[int] = Counter()
    lately: Counter[int] = Counter()
    counting = standing.counting(oracle, include, phase=at, product=product, due=due)
    rows = oracle.records("""
        SELECT Of_Id, Of_ProdutoId AS product, Of_FaseId AS at, Of_DataAcabamento AS done FROM OrdensFabrico""")
    leaving = standing.due_in(oracle, due)
    rows = [row for row in rows if at in (None, row["at"]) and product in (None, row["product"])]
    for row in (row for row in rows if row["Of_Id"] in leaving):
        if row["Of_Id"] in counting:
            still_open[row["product"]] += 1
        elif row["done"] and oracle.now - dt.timedelta(days=30) < row["done"] <= oracle.now:
            lately[row["product"]] += 1
    known = {row["Produto_Id"]: row for row in oracle.records("SELECT * FROM Modelos")}
    products = [
        _gelcoat_of(known[product], still_open[product], lately[product])
        for product in sorted(known.keys() & (still_open.keys() | lately.keys()))
        if known[product]["Produto_QtdGelDeck"] or known[product]["Produto_QtdGelCasco"]
    ]
    products.sort(key=lambda one: -(one["open_theoretical_kg"] + one["completed_theoretical_kg"]))
    supported = oracle.supports_products()
    return {
        "standing": standing.shown(oracle),
        "basis": "THEORETICAL",
        "window_days": 30,
        "open_orders": _taken(still_open, known, supported),
        "completed_orders": _taken(lately, known, supported),
        "products": products if supported else None,
    }


def _gelcoat_of(product: dict[str, Any], still_open: int, lately: int) -> dict[str, Any]:
    deck, hull = product["Produto_QtdGelDeck"], product["Produto_QtdGelCasco"]
    return {
        "product_id": product["Produto_Id"],
        "product_name": product["Produto_Nome"],
        "deck_kg_per_order": deck,
        "hull_kg_per_order": hull,
        "open_orders": still_open,
        "open_theoretical_kg": still_open * (deck + hull),
        "completed_orders": lately,
        "completed_theoretical_kg": lately * (deck + hull),
    }


def _taken(orders: Counter[int], known: dict[int, dict[str, Any]], supported: bool) -> dict[str, Any]:
    deck = sum(count * known[one]["Produto_QtdGelDeck"] for one, count in orders.items() if one in known)
    hull = sum(count * known[one]["Produto_QtdGelCasco"] for one, count in orders.items() if one in known)
    dry = {one for one, row in known.items() if row["Produto_QtdGelDeck"] == row["Produto_QtdGelCasco"] == 0}
    by_product = {
        "orders_of_unknown_products": sum(count for one, count in orders.items() if one not in known),
        "orders_without_gelcoat": sum(count for one, count in orders.items() if one in dry),
        "theoretical_deck_kg": deck,
        "theoretical_hull_kg": hull,
        "theoretical_kg": deck + hull,
    }
    return {"orders": orders.total(), **(by_product if supported else dict.fromkeys(by_product))}

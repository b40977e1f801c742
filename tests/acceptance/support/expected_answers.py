"""The answers that check D8 expects of the API, by the oracle alone."""

from __future__ import annotations

from typing import Any

from tests.oracle import Oracle, listing
from tests.oracle.questions import CLOSED

Expected = dict[str, Any]
"""by_path: bodies by path. orders: of every page of the list. filtered: filters and the first page's orders. of_run:
scenarios, each with its simulation, the rows of that file, and its schedule."""


def of_workbook(oracle: Oracle) -> Expected:
    """The expected answers that do not depend on the number of the run."""
    orders = oracle.orders()
    chosen = [orders[len(orders) * part // 5] for part in range(5)]
    by_path = {
        **oracle.key_figures(),
        **{path: body for path, body in oracle.guarded_figures().items() if body != CLOSED},
        **oracle.open_work(),
        **{path: body for one in chosen for path, body in oracle.parts_of(one["work_order_id"]).items()},
        **{f"/api/prodplan/orders/{one['work_order_id']}": oracle.order(one["work_order_id"]) for one in chosen},
        **{
            f"/api/prodplan/orders/{one['work_order_id']}/phases": oracle.phases_of(one["work_order_id"])
            for one in chosen
        },
    }
    products = oracle.promised_products() if oracle.supports_routes() else ()
    by_path |= {f"/api/prodplan/promise/{product}": oracle.promise(product) for product in products}
    filtered = [(filters, oracle.orders(**filters)[:500]) for filters in listing.telling(oracle)]
    return {"by_path": by_path, "orders": orders, "filtered": filtered}


def of_run(oracle: Oracle, run_id: int) -> list[tuple[Any, ...]]:
    """Each scenario with its simulation, the rows of that file, and its schedule on this run."""
    return [
        (scenario, *oracle.simulation(run_id, scenario), oracle.schedule(run_id, scenario))
        for scenario in oracle.scenarios()
    ]

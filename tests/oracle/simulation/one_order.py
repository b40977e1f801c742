"""The place and the end of one order, by docs/kpis.md, "One order"."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tests.oracle import flows, rates, standing
from tests.oracle.simulation import calibration, scenarios, working_time

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

ORDER = """
    SELECT Of_DataAcabamento, Of_DataTransporte, Of_ProdutoId, Of_FaseId, Fase_Nome
      FROM OrdensFabrico LEFT JOIN Fases ON Fase_Id = Of_FaseId WHERE Of_Id = ?"""
FINISHED = "SELECT FaseOf_FaseId AS f FROM FasesOrdemFabrico WHERE FaseOf_OfId = ? AND FaseOf_Fim NOT NULL"


def estimate(oracle: Oracle, order_id: int) -> dict[str, Any]:
    """The answer about an order of the workbook."""
    (order,) = oracle.records(ORDER, [order_id])
    own = standing.standings(oracle).get(order_id)
    body: dict[str, Any] = {
        "work_order_id": order_id,
        "status": "OPEN" if order["Of_DataAcabamento"] is None else "COMPLETED",
        "standing": own,
        "product_id": order["Of_ProdutoId"],
        "phase_id": order["Of_FaseId"],
        "phase_name": order["Fase_Nome"],
        "completed_at": order["Of_DataAcabamento"],
        "transport_at": order["Of_DataTransporte"],
        "eta_note": rates.METHOD["eta_note"],
        "dispatch_note": scenarios.ETA_NOTE,
    }
    days, steps, hours, eta, slack, risk = (None,) * 6
    spread: dict[str, Any] = {}
    if own is not None:
        steps, hours = _remaining(oracle, order_id, order["Of_ProdutoId"])
        eta = None if hours is None else oracle.now + dt.timedelta(seconds=round(hours * 3600))
        if order["Of_DataTransporte"] is not None:
            leaves = order["Of_DataTransporte"].date()
            days, slack = (leaves - oracle.now.date()).days, None if eta is None else (leaves - eta.date()).days
            by_slack = "UNKNOWN" if slack is None else "LATE" if slack < 0 else "ON_TRACK"
            risk = "OVERDUE" if days < 0 else by_slack
        spread = flows.members(oracle, order_id)
    return body | {
        "days_to_transport": days,
        "risk": risk,
        "remaining_steps": steps,
        "remaining_flow_hours": hours,
        "eta_at": eta,
        "slack_days": slack,
        **{name: spread.get(name) for name in ("eta_p50_at", "eta_p90_at", "similar_orders")},
        "dispatch_eta_at": _dispatched(oracle, order_id, own),
    }


def _remaining(oracle: Oracle, order_id: int, product: int) -> tuple[Any, Any]:
    """Steps and hours that remain on the standard route, or nothing."""
    route = rates.routes(oracle).get(product) if oracle.supports_routes() else None
    if route is None:
        return None, None
    remaining = route - Counter(row["f"] for row in oracle.records(FINISHED, [order_id]))
    taken = {phase: rates.rates(oracle).get(phase, {"flow_hours": None})["flow_hours"] for phase in remaining}
    if None in taken.values():
        return None, None
    return remaining.total(), math.fsum(count * taken[phase] for phase, count in remaining.items())


def _dispatched(oracle: Oracle, order_id: int, own: str | None) -> dt.datetime | None:
    """The end of the order among production work and the open orders of its own standing."""
    return None if own is None else _ends(oracle, own).get(order_id)


@lru_cache(maxsize=8)
def _ends(oracle: Oracle, own: str) -> dict[int, dt.datetime]:
    counting = standing.counting(oracle, None if own == "PRODUCTION" else own.lower())
    work = [order for order in scenarios.open_orders(oracle) if order["id"] in counting]
    places = {phase: calibration.usual_places(oracle, phase) for order in work for phase, _ in order["steps"]}
    if not work:
        return {}
    ends = working_time.ends(working_time.declared(), oracle.now, scenarios.dispatched(work, places, "FIFO"))
    return {order: oracle.now + dt.timedelta(seconds=done) for order, done in ends.items()}

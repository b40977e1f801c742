"""The first page of orders and one deep in the list, asked in turn, so that a drift of the machine reaches both."""

from __future__ import annotations

from typing import Any

from app.performance.load.answer_checking import fault_of
from app.performance.load.connection import Connections
from app.performance.load.load import offer
from app.performance.load.preparation import ORDERS, WALKED_PAGE, prepare
from app.performance.load.timetable import timetable
from app.performance.slo.slo_declaration import Slo
from benchmarks.api_load.plan import Plan
from benchmarks.api_load.service import Service
from benchmarks.api_load.shaping import shaped
from benchmarks.ingestion_speed.figures import NotMeasured

DEEP = "cursor={order_cursor}"


def paged(service: Service, slo: Slo, plan: Plan) -> dict[str, Any]:
    """Latencies (ms) of the first page and of the one that begins nearest above plan.depth orders down.

    slo: the list's own. Raises NotMeasured when the run has no page so deep, and PreparationError.
    """
    requests_of = (ORDERS, f"{ORDERS}?{DEEP}")
    both = shaped(slo, plan.pages_rate, 2 * plan.pages, requests_of=requests_of, warm_up_s=plan.warm_up_s)
    connections = Connections(service.base_url, service.key)
    try:
        prepared = prepare([both], connections, service.truth)
        # One request for the first page, and one for each cursor, in the order in which the list was walked.
        first = next(request for request in prepared.requests[both.name] if not request.values)
        cursors = [request for request in prepared.requests[both.name] if request.values]
        places = [WALKED_PAGE * number for number in range(1, len(cursors) + 1)]
        deep = next(
            ((place, request) for place, request in zip(places, cursors, strict=True) if place >= plan.depth), None
        )
        if deep is None:
            raise NotMeasured(f"the run has {len(service.truth.orders):,} orders, no page {plan.depth:,} deep")
        depth, page = deep
        arrivals = timetable([both], {both.name: (first, page)})
        exchanges = [done for done in offer(arrivals, connections.get) if not done.arrival.is_warm_up]
    finally:
        connections.close()
    found: dict[str, Any] = {"depth": depth, "first": [], "deep": [], "errors": 0}
    for done in exchanges:
        request = done.arrival.request
        if done.answer is None or fault_of(request, done.answer, prepared.checks[both.name]) is not None:
            found["errors"] += 1
        else:
            found["deep" if request.values else "first"].append(round(done.latency_s * 1000, 3))
    return found

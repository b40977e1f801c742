"""The list of orders with its filters, one order with its phases, and the list as CSV and as a workbook."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.routers import order_list
from app.api.routers.ingestion import Shared
from app.api.routers.order_list import OrderFilters, OrdersQuery
from app.api.routers.prodplan import PathId, no_order
from app.api.routers.route_declaration import declared
from app.api.snapshot_reading import Reading
from app.api.web.page_reading import PageReading, shown_gates
from app.api.web.page_route import page_file, page_router
from app.api.web.rendering import page
from app.api.web.timeline import timeline_of
from app.features.value_gates import PRODUTO_JOIN, STANDARD_ROUTE
from app.planning.indicators.phase_kpis import by_phase
from app.planning.order_estimate import OrderEstimate, order_estimate
from app.planning.order_list import OrderSort
from app.planning.orders import OrderStatus, order_detail
from app.planning.risk import Risk

router = page_router()


@router.get(**declared("/orders"), response_class=HTMLResponse)
def orders(
    request: Request, backend: Shared, reading: PageReading, query: Annotated[OrdersQuery, Query()]
) -> HTMLResponse:
    """The orders that pass the filters of the form."""
    asked, listed, following = order_list.page_of(backend, reading, query)
    return page(
        request,
        "orders.html.j2",
        reading=reading,
        gates=shown_gates(reading),
        query=query,
        total=asked.count(reading.connection),
        orders=listed,
        following=following,
        phases=by_phase(reading.connection, reading.run).phases,
        choices={"status": list(OrderStatus), "risk": list(Risk), "sort": list(OrderSort)},
    )


@router.get(**page_file("/orders.csv"), response_class=CsvAnswer)
async def orders_csv(request: Request, backend: Shared, query: Annotated[OrderFilters, Query()]) -> CsvAnswer:
    """All orders that pass the filters."""
    return await order_list.orders_whole(request, backend, query)


@router.get(**page_file("/orders.xlsx"), response_class=WorkbookAnswer)
async def orders_workbook(request: Request, backend: Shared, query: Annotated[OrderFilters, Query()]) -> WorkbookAnswer:
    """The orders that pass the filters as a workbook."""
    return await order_list.orders_workbook(request, backend, query)


@router.get(**declared("/orders/{work_order_id}"), response_class=HTMLResponse)
def order(request: Request, work_order_id: PathId, reading: PageReading) -> HTMLResponse:
    """One order: its risk and estimated end, its errors, and its phases in routing order as bars in time."""
    names = reading.supports(PRODUTO_JOIN)
    found = order_detail(reading.connection, reading.run, work_order_id, product_names=names)
    if found is None:
        raise no_order(reading, work_order_id)
    return page(
        request,
        "order.html.j2",
        reading=reading,
        gates=shown_gates(reading),
        order=found,
        judged=_estimate(reading, work_order_id) if found.status is OrderStatus.OPEN else None,
        timeline=timeline_of(found, reading.run.as_of),
    )


def _estimate(reading: Reading, work_order_id: int) -> OrderEstimate | None:
    """The risk and the estimated end of an open order."""
    estimates = reading.supports(STANDARD_ROUTE)
    return order_estimate(reading.shop, reading.connection, work_order_id, estimates=estimates)

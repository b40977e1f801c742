"""The orders at risk, and the work by the week in which it is due."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import Field

from app.api.http.spelling import WholeNumber
from app.api.routers.ingestion import Shared
from app.api.routers.prodplan import risk_table
from app.api.routers.queries import IncludeQuery, OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import FileForm, file_in
from app.api.web.page_reading import PageReading, shown_gates
from app.api.web.page_route import page_file, page_router
from app.api.web.rendering import page
from app.features.value_gates import STANDARD_ROUTE
from app.planning.backlog import backlog
from app.planning.risk import risk_queue

router = page_router()


class ShownRisk(IncludeQuery):
    """Parameters: the orders that count, and the number listed. The backlog is of all phases and products."""

    limit: WholeNumber = Field(50, ge=1, le=500)


@router.get(**declared("/risk"), response_class=HTMLResponse)
def risk(request: Request, reading: PageReading, query: Annotated[ShownRisk, Query()]) -> HTMLResponse:
    """Open orders by risk of lateness, and the backlog by week."""
    estimates = reading.supports(STANDARD_ROUTE)
    weeks = backlog(reading.connection, reading.run, query.include)
    return page(
        request,
        "risk.html.j2",
        reading=reading,
        gates=shown_gates(reading),
        query=query,
        found=risk_queue(reading.connection, reading.run, query.include, limit=query.limit, estimates=estimates),
        backlog=weeks,
        most_orders=max((week.orders for week in weeks.weeks), default=1),
    )


@router.get(**page_file("/risk.{form}"), response_class=StreamingResponse)
async def risk_file(form: FileForm, backend: Shared, query: Annotated[IncludeQuery, Query()]) -> StreamingResponse:
    """The whole risk queue as a file."""
    return await file_in(form, backend, risk_table(OpenWorkQuery(include=query.include)))

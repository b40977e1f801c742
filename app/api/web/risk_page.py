"""The orders at risk, and the work by the week in which it is due."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from app.api.http.spelling import WholeNumber
from app.api.routers.queries import IncludeQuery
from app.api.routers.route_declaration import declared
from app.api.web.page_reading import PageReading, shown_gates
from app.api.web.page_route import page_router
from app.api.web.rendering import page
from app.planning.backlog import backlog
from app.planning.risk import risk_queue

router = page_router()


class ShownRisk(IncludeQuery):
    """Which orders count, and how many are listed. The backlog beside them is of every phase and product."""

    limit: WholeNumber = Field(50, ge=1, le=500)


@router.get(**declared("/risk"), response_class=HTMLResponse)
def risk(request: Request, reading: PageReading, query: Annotated[ShownRisk, Query()]) -> HTMLResponse:
    """Open orders by risk of lateness, and the backlog by week."""
    estimates = reading.supports("eta_at")
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

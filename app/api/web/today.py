"""The first page: how old the data is, what is late, and what limits the figures."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.api.routers.route_declaration import declared
from app.api.web.page_reading import PageReading, shown_gates
from app.api.web.page_route import page_router
from app.api.web.rendering import page
from app.features.value_gates import STANDARD_ROUTE
from app.planning.bottlenecks import bottlenecks
from app.planning.indicators.kpis import overview
from app.planning.risk import risk_queue

router = page_router()
FIRST = 5
"""Entries of each short list; the pages behind have all of them."""
OLD_HOURS = 48
"""An older export is not today's work."""


@router.get(**declared("/"), response_class=HTMLResponse)
def today(request: Request, reading: PageReading) -> HTMLResponse:
    """Age of the data, open, late, at risk, throughput, and warnings in words."""
    risk = risk_queue(reading.connection, reading.run, limit=FIRST, estimates=reading.supports(STANDARD_ROUTE))
    return page(
        request,
        "today.html.j2",
        reading=reading,
        is_old=reading.age_hours is not None and reading.age_hours > OLD_HOURS,
        gates=shown_gates(reading),
        overview=overview(reading.connection, reading.run),
        risk=risk,
        bottlenecks=bottlenecks(reading.connection, reading.run).phases[:FIRST],
    )

"""The page of the feature gates: match rate, threshold, the figures that are closed, and who can mend each."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.api.routers.route_declaration import declared
from app.api.web.page_reading import PageReading, shown_gates
from app.api.web.page_route import page_router
from app.api.web.rendering import page

router = page_router()


@router.get(**declared("/gates"), response_class=HTMLResponse)
def feature_gates(request: Request, reading: PageReading) -> HTMLResponse:
    """Each declared gate, judged by the live run's data."""
    return page(request, "gates.html.j2", reading=reading, gates=shown_gates(reading).values())

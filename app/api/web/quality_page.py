"""Quality errors: how many, how severe, where judged, and where caused."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from app.api.routers.queries import ErrorsQuery
from app.api.routers.route_declaration import declared
from app.api.web.page_reading import PageReading, shown_gates
from app.api.web.page_route import page_router
from app.api.web.rendering import page
from app.planning.quality.quality import by_culprit_phase, quality_overview
from app.planning.quality.quality_rates import quality_by_phase, quality_by_product

router = page_router()
PRODUCTS = 20
"""Products listed, most errors first."""


@router.get(**declared("/quality"), response_class=HTMLResponse)
def quality(request: Request, reading: PageReading, query: Annotated[ErrorsQuery, Query()]) -> HTMLResponse:
    """Errors of the whole run or of a period; what a closed gate guards is left out and named."""
    gates, connection, run = shown_gates(reading), reading.connection, reading.run
    chosen = query.chosen()
    causes, products = gates["error_attribution"], gates["produto_join"]
    return page(
        request,
        "quality.html.j2",
        reading=reading,
        gates=gates,
        query=query,
        found=quality_overview(connection, run, chosen),
        judged=quality_by_phase(connection, run, chosen),
        caused=None if causes.is_closed else by_culprit_phase(connection, run, chosen),
        products=None if products.is_closed else quality_by_product(connection, run, chosen, limit=PRODUCTS, offset=0),
    )

"""Quality errors: how many, how severe, where judged, and where caused."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from app.api.routers.ingestion import Shared
from app.api.routers.quality import pareto_table
from app.api.routers.queries import ErrorsQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import FileForm, file_in
from app.api.web.page_reading import PageReading, shown_gates
from app.api.web.page_route import page_file, page_router
from app.api.web.rendering import page
from app.features.value_gates import ERROR_ATTRIBUTION, PRODUTO_JOIN
from app.planning.quality.pareto import pareto
from app.planning.quality.quality import by_culprit_phase, quality_overview
from app.planning.quality.quality_rates import quality_by_phase, quality_by_product

router = page_router()
PRODUCTS = 20
"""Products listed, most errors first."""
DESCRIPTIONS = 10
"""Descriptions listed; the files have all of them."""


@router.get(**declared("/quality"), response_class=HTMLResponse)
def quality(request: Request, reading: PageReading, query: Annotated[ErrorsQuery, Query()]) -> HTMLResponse:
    """Errors of the whole run or of a period; what a closed gate guards is left out and named."""
    gates, connection, run = shown_gates(reading), reading.connection, reading.run
    chosen = query.chosen()
    causes, products = gates[ERROR_ATTRIBUTION.name], gates[PRODUTO_JOIN.name]
    return page(
        request,
        "quality.html.j2",
        reading=reading,
        gates=gates,
        query=query,
        found=quality_overview(connection, run, chosen),
        described=pareto(connection, run, chosen),
        most_descriptions=DESCRIPTIONS,
        judged=quality_by_phase(connection, run, chosen),
        caused=None if causes.is_closed else by_culprit_phase(connection, run, chosen),
        products=None if products.is_closed else quality_by_product(connection, run, chosen, limit=PRODUCTS, offset=0),
    )


@router.get(**page_file("/quality/descriptions.{form}"), response_class=StreamingResponse)
async def descriptions_file(
    form: FileForm, backend: Shared, query: Annotated[ErrorsQuery, Query()]
) -> StreamingResponse:
    """A file with each description and its share of the errors."""
    return await file_in(form, backend, pareto_table(query))

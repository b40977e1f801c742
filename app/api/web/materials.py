"""Work in process as weight, mass and gelcoat."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from app.api.routers.queries import IncludeQuery
from app.api.routers.route_declaration import declared
from app.api.web.page_reading import PageReading, shown_gates
from app.api.web.page_route import page_router
from app.api.web.rendering import page
from app.features.value_gates import PRODUTO_JOIN
from app.planning.gelcoat import gelcoat_usage
from app.planning.inventory import work_in_process
from app.planning.mass import wip_mass

router = page_router()
PRODUCTS = 20
"""Products listed, most gelcoat first."""


@router.get(**declared("/materials"), response_class=HTMLResponse)
def materials(request: Request, reading: PageReading, query: Annotated[IncludeQuery, Query()]) -> HTMLResponse:
    """Open phases with their weight, the mass of the started orders, and their gelcoat in theory."""
    connection, run, include = reading.connection, reading.run, query.include
    products = reading.supports(PRODUTO_JOIN)
    return page(
        request,
        "materials.html.j2",
        reading=reading,
        gates=shown_gates(reading),
        query=query,
        wip=work_in_process(connection, run, include),
        mass=wip_mass(connection, run, include, products=products),
        gelcoat=gelcoat_usage(connection, run, include, products=products),
        most_products=PRODUCTS,
    )

"""The addresses that Excel can read by itself: every documented CSV, and a query to copy."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from app.api.admission import NONE, AdmittedRoute
from app.api.http.plant_path import address
from app.api.http.streaming import CsvAnswer
from app.api.routers.ingestion import Shared
from app.api.routers.route_declaration import declared
from app.api.slots import SlotPool
from app.api.web.page_route import page_router
from app.api.web.rendering import page

router = page_router()


@router.get(**declared("/excel", slot_pool=SlotPool.NONE), response_class=HTMLResponse)
async def excel(request: Request, backend: Shared) -> HTMLResponse:
    """Addresses and a Power Query example."""
    return page(
        request,
        "excel.html.j2",
        base=str(request.base_url).rstrip("/"),
        tables={address(request, path): scope for path, scope in csv_tables(request.app.routes).items()},
        keys_required=backend.settings.keys_required,
    )


def csv_tables(routes: Sequence[BaseRoute]) -> dict[str, str]:
    """The documented addresses that answer CSV and need nothing filled in, with the scope of the key for each."""
    found = {}
    for context in iter_route_contexts(routes):
        route, path = context.original_route, context.path_format
        if isinstance(route, AdmittedRoute) and route.include_in_schema and path and "{" not in path:
            kind = route.response_class
            if "GET" in (route.methods or ()) and isinstance(kind, type) and issubclass(kind, CsvAnswer):
                found[path] = str(route.admission.scope or NONE)
    return found

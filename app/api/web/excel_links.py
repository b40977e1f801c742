"""The addresses that Excel can read by itself: every CSV that the OpenAPI document has, and a query to copy."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.api.http.plant_path import address
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
        tables={address(request, path): scope for path, scope in csv_tables(request.app.openapi()).items()},
        keys_required=backend.settings.keys_required,
    )


def csv_tables(document: dict[str, Any]) -> dict[str, str]:
    """The addresses that answer CSV and need nothing filled in, with the scope of the key for each."""
    found = {}
    for path, item in document["paths"].items():
        content = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "text/csv" in content and "{" not in path:
            found[path] = item["get"]["x-required-scope"]
    return found

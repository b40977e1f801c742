"""The OpenAPI document, and the page that shows it where nobody needs a key."""

from __future__ import annotations

from fastapi import Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse

from app.api.admission import admitting_router
from app.api.problems import Problem
from app.api.reading import Backend
from app.api.routers.declaration import PUBLIC, declared
from app.api.slots import Lane

router = admitting_router("documentation")
DOCUMENT = "/api/openapi.json"


@router.get(**declared(DOCUMENT, lane=Lane.NONE), include_in_schema=False)
async def openapi(request: Request) -> JSONResponse:
    """The OpenAPI document of this process."""
    return JSONResponse(request.app.openapi())


@router.get("/api/docs", **PUBLIC, include_in_schema=False)
async def swagger_ui(request: Request) -> HTMLResponse:
    """Swagger UI. A browser asks for a page without a key, so where all routes need one there is no such page."""
    backend: Backend = request.app.state.backend
    if backend.settings.keys_required:
        raise Problem(404, "NOT_FOUND", "There is nothing at this address.")
    return get_swagger_ui_html(openapi_url=DOCUMENT, title=request.app.title)

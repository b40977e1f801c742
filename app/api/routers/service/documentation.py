"""Serves the OpenAPI document and Swagger UI from this machine, without a key."""

from __future__ import annotations

import mimetypes
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from app.api.admission import admitting_router
from app.api.http.problems import Problem
from app.api.routers.route_declaration import PUBLIC, declared
from app.api.slots import SlotPool
from app.api.snapshot_reading import backend_of

router = admitting_router("documentation")
OURS = Path(__file__).resolve().parents[2] / "swagger"
PACKAGE = "fastapi_offline"
"""The package that contains Swagger UI's files; none of its code is executed."""
THEIRS = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon.png")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@cache
def files() -> dict[str, Path]:
    """The files that the page loads, by name."""
    package = find_spec(PACKAGE)
    folder = Path(package.origin).parent / "static" if package and package.origin else OURS
    return {"start.js": OURS / "start.js", **{name: folder / name for name in THEIRS}}


@lru_cache(maxsize=1)
def rendered(app: FastAPI) -> bytes:
    """The application's document as JSON. It does not change."""
    return bytes(JSONResponse(app.openapi()).body)


@router.get(**declared("/api/openapi.json", slot_pool=SlotPool.NONE), include_in_schema=False)
def openapi(request: Request) -> Response:
    """The OpenAPI document of this process; in a thread, because making it takes most of a second."""
    return Response(rendered(request.app), media_type="application/json")


@router.get("/api/docs", **PUBLIC, include_in_schema=False, response_class=HTMLResponse)
def swagger_ui(request: Request) -> HTMLResponse:
    """Swagger UI. A browser sends no key with a page, so the page is absent where all routes need a key."""
    _require_open(request)
    content = (OURS / "page.html").read_text(encoding="utf-8")
    return HTMLResponse(content, headers={"Content-Security-Policy": POLICY})


@router.get("/api/docs/{name}", **PUBLIC, include_in_schema=False, response_class=Response)
def swagger_file(request: Request, name: str) -> Response:
    """One of the files that the page loads."""
    _require_open(request)
    path = files().get(name)
    if path is None:
        raise Problem(404, "NOT_FOUND", "There is nothing at this address.")
    return Response(path.read_bytes(), media_type=mimetypes.guess_type(name)[0])


def _require_open(request: Request) -> None:
    backend = backend_of(request)
    if backend.settings.keys_required:
        raise Problem(404, "NOT_FOUND", "There is nothing at this address.")

"""The style sheet, the script and the icon of the pages, without a key."""

from __future__ import annotations

import mimetypes
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

from app.api.http.problems import Problem
from app.api.http.revalidation import headers_of, spare_if_known, tag_of
from app.api.routers.route_declaration import PUBLIC
from app.api.web.page_route import page_router

router = page_router()
FOLDER = Path(__file__).with_name("static")


@cache
def contents() -> dict[str, bytes]:
    """The files by name."""
    return {path.name: path.read_bytes() for path in FOLDER.iterdir()}


@router.get("/static/{name}", **PUBLIC, response_class=Response)
async def static_file(request: Request, name: str) -> Response:
    """One of the files that the pages load."""
    content = contents().get(name)
    if content is None:
        raise Problem(404, "NOT_FOUND", "There is nothing at this address.")
    tag = tag_of(request, sha256(content).hexdigest())
    spare_if_known(request, tag)
    return Response(content, headers=headers_of(tag), media_type=mimetypes.guess_type(name)[0])

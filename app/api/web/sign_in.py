"""The sign-in form, and signing out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.api.admission import CHALLENGE
from app.api.http.plant_path import address_below
from app.api.keys.api_keys import ApiKey
from app.api.routers.route_declaration import PUBLIC
from app.api.snapshot_reading import backend_of
from app.api.web import session
from app.api.web.page_route import page_router
from app.api.web.problem_page import SEE_OTHER
from app.api.web.rendering import page

router = page_router()
LONGEST_ADDRESS = 2_000
Next = Annotated[str, Query(max_length=LONGEST_ADDRESS, alias="next")]


@router.get("/sign-in", **PUBLIC, response_class=HTMLResponse)
async def form(request: Request, address: Next = session.HOME) -> HTMLResponse:
    """The form for the key."""
    return page(request, "sign_in.html.j2", refused=False, address=session.local_address(address))


@router.post("/sign-in", **PUBLIC, response_class=HTMLResponse)
async def sign_in(request: Request) -> Response:
    """Begin a session with the key of the form, or show the form again."""
    backend = backend_of(request)
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    key, address = (fields.get(name, [""])[0].strip() for name in ("key", "next"))
    address = session.local_address(address)
    # Keys consist of printable ASCII; any other text is no key, and might not fit into a cookie.
    holder = await backend.keyring.holder(key) if key.isascii() and key.isprintable() else None
    if holder is None:
        response: Response = page(request, "sign_in.html.j2", status=401, refused=True, address=address)
        response.headers["WWW-Authenticate"] = CHALLENGE
        return response
    if address == session.HOME and not holder.is_for(backend.settings.plant):
        address = await _first_of(request, holder)
    response = RedirectResponse(address, SEE_OTHER)
    session.begin(request, response, key)
    return response


@router.post("/sign-out", **PUBLIC, response_class=HTMLResponse)
async def sign_out() -> Response:
    """End the session."""
    response = RedirectResponse("/sign-in", SEE_OTHER)
    session.end(response)
    return response


async def _first_of(request: Request, holder: ApiKey) -> str:
    """The first page of the first plant that the key is for."""
    names = (await request.app.state.plants.listed()).names
    return next((address_below(name, session.HOME) for name in names if holder.is_for(name)), session.HOME)

"""The session: an API key in a cookie that scripts cannot read and other sites cannot send."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from app.api.admission import CHALLENGE
from app.api.http.problems import Problem
from app.api.keys.api_keys import ApiKey
from app.api.snapshot_reading import Backend

COOKIE = "prodplan_key"
OWN = ("same-origin", "none")
HOME = "/"


def begin(request: Request, response: Response, key: str) -> None:
    """Put the key into the session's cookie; it ends with the browser."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=secure, path="/")


def end(response: Response) -> None:
    """Remove the session's cookie."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", path="/")


async def session_key(request: Request, backend: Backend) -> ApiKey:
    """The valid key of the session. Raises 401 or 503 as a Problem.

    The key is looked up for each request, so that a revoked one ends its sessions at once.
    """
    given = request.cookies.get(COOKIE, "")
    key = await backend.keyring.holder(given) if given else None
    if key is None:
        code = "API_KEY_INVALID" if given else "API_KEY_REQUIRED"
        raise Problem(401, code, "Sign in with an API key first.", headers={"WWW-Authenticate": CHALLENGE})
    return key


def require_own_site(request: Request) -> None:
    """Let a POST pass that a page of this address sends. Raises 403 as a Problem for any other.

    A browser says the origin in Sec-Fetch-Site, which a page cannot set, and over plain HTTP in Origin alone.
    """
    site, host = request.headers.get("sec-fetch-site"), request.headers.get("origin", "").partition("://")[2]
    if site not in OWN if site is not None else not host or host != request.headers.get("host"):
        raise Problem(403, "CROSS_SITE", "This form was not sent from a page of this address.")


def local_address(given: str) -> str:
    """The address to go on to after signing in, if it is one of this service; otherwise the first page."""
    is_local = given.startswith("/") and not given.startswith("//") and "\\" not in given and given.isprintable()
    return given if is_local else HOME

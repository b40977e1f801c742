"""HTTP requirements of every answer: HEAD wherever there is GET, and headers against sniffing and caching."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_SNIFF = (b"x-content-type-options", b"nosniff")
"""A browser must not take a file from here (rejected_rows.xlsx) for a page."""
NO_STORE = (b"cache-control", b"no-store")
"""Do not cache authenticated responses, unless the answer sets its own Cache-Control."""


class HttpSemantics:
    """ASGI middleware. The server itself leaves out the body of an answer to HEAD (RFC 9110, section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        keyed = any(name == b"authorization" for name, _ in scope["headers"])

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                says_itself = any(name == NO_STORE[0] for name, _ in given)
                message["headers"] = [*given, NO_SNIFF, *((NO_STORE,) if keyed and not says_itself else ())]
            await send(message)

        await self._app({**scope, "method": "GET"} if scope["method"] == "HEAD" else scope, receive, with_headers)

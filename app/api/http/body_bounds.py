"""Bounds the size of a request's body and the time that it takes, as it arrives, whatever its headers claim.

FastAPI's own max_body_size answers in plain text, is fixed before any setting is known, and sets no time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.http.problems import Problem, answer
from app.config import Settings

MEGABYTE = 1_000_000
LENGTHS = frozenset({b"content-length", b"transfer-encoding"})


class Body(StrEnum):
    """The kind of body that a route accepts: a small one or an uploaded workbook."""

    SMALL = "small"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Bound:
    """The largest number of bytes, and the seconds within which all must arrive once the application asks for them."""

    size: int
    within_s: float


def bounds_of(settings: Settings) -> Mapping[Body, Bound]:
    """The configured bounds."""
    return {
        Body.SMALL: Bound(settings.max_body_mb * MEGABYTE, settings.body_within_s),
        Body.UPLOAD: Bound(settings.max_upload_mb * MEGABYTE, settings.upload_within_s),
    }


class BodyBounds:
    """ASGI middleware that answers 408 or 413 for a body outside the bounds, 400 or 415 for one with headers that are
    not accepted. A request without a body passes unchanged."""

    def __init__(self, app: ASGIApp, bounds: Mapping[Body, Bound]) -> None:
        self._app, self._bounds = app, bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lengths = {name for name, _ in scope["headers"]} & LENGTHS if scope["type"] == "http" else frozenset()
        if not lengths:
            await self._app(scope, receive, send)
            return
        refusal = _refused_unread(lengths, scope)
        if refusal is not None:
            await answer(refusal, Request(scope))(scope, receive, send)
            return
        await _Exchange(self._bounds, scope, receive, send).run(self._app)


def _refused_unread(lengths: Set[bytes], scope: Scope) -> Problem | None:
    """The reason to refuse a body by its headers alone, or None."""
    if lengths == LENGTHS:
        # Request smuggling: a proxy may end this body elsewhere, and the rest would be read as the next request.
        detail = "Send Content-Length or Transfer-Encoding, not both."
        return Problem(400, "TWO_LENGTHS", detail, headers={"Connection": "close"})
    if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in scope["headers"]):
        detail = "Send the body as it is, without Content-Encoding."
        return Problem(415, "UNSUPPORTED_CONTENT_ENCODING", detail, headers={"Connection": "close"})
    return None


class _Exchange:
    """One request with a body. Once the body is refused, the application's own answer is discarded."""

    def __init__(self, bounds: Mapping[Body, Bound], scope: Scope, receive: Receive, send: Send) -> None:
        self._bounds, self._scope, self._receive, self._send = bounds, scope, receive, send
        self._bound: Bound | None = None
        self._deadline = 0.0
        self._received = 0
        self._is_whole = self._has_answered = False
        self._refusal: Problem | None = None

    async def run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._bounded_receive, self._guarded_send)
        except Exception as error:
            # A response that is sent while it is read wraps what its listener raised.
            if self._refusal is None or self._refusal not in (error, error.__cause__):
                raise
        if self._refusal is not None and not self._has_answered:
            response = answer(self._refusal, Request(self._scope))
            await response(self._scope, self._receive, self._send)

    async def _bounded_receive(self) -> Message:
        if self._is_whole or self._has_answered:  # an answer that is being sent listens for its client's end alone
            return await self._receive()
        if self._refusal is not None:
            raise self._refusal
        if self._bound is None:
            # Only now: by the time its body is asked for, the route is known.
            self._bound = self._bounds[body_of(self._scope)]
            self._deadline = asyncio.get_running_loop().time() + self._bound.within_s
            if declared_length(self._scope) > self._bound.size:
                raise self._refused(413, "BODY_TOO_LARGE", f"At most {self._bound.size} bytes are taken here.")
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            detail = f"The body did not arrive within {self._bound.within_s:g} s."
            raise self._refused(408, "BODY_TOO_SLOW", detail) from None
        self._received += len(message.get("body", b""))
        if self._received > self._bound.size:
            raise self._refused(413, "BODY_TOO_LARGE", f"At most {self._bound.size} bytes are taken here.")
        self._is_whole = not message.get("more_body", False)
        return message

    def _refused(self, status: int, code: str, detail: str) -> Problem:
        # The rest of the body is not read, so the connection cannot be used again.
        self._refusal = Problem(status, code, detail, headers={"Connection": "close"})
        return self._refusal

    async def _guarded_send(self, message: Message) -> None:
        if self._refusal is not None and not self._has_answered:
            return
        self._has_answered = True
        await self._send(message)


def body_of(scope: Scope) -> Body:
    """The kind of body of the matched route; a small one when it declares none or no route matched."""
    return getattr(scope.get("route"), "body", Body.SMALL)


def declared_length(scope: Scope) -> int:
    """The Content-Length, 0 without one; the HTTP parser has refused what is no number."""
    return next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)

"""Captures the statements that an endpoint executes, on its own engine, while it answers in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
"""An ASGI application (https://asgi.readthedocs.io/en/latest/specs/www.html)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as sent to the driver, and its parameters."""

    text: str
    parameters: Any


@contextmanager
def captured(engine: sa.Engine) -> Iterator[list[Statement]]:
    """Collect every statement that any connection of the engine executes during the block, in order."""
    statements: list[Statement] = []

    def hear(
        connection: sa.Connection, cursor: Any, text: str, parameters: Any, context: Any, executemany: bool
    ) -> None:
        statements.append(Statement(text, parameters))

    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


def authorized(application: Application, key: str) -> Application:
    """The application with this API key added to each request."""

    async def with_key(scope: Message, receive: Any, send: Any) -> None:
        headers = [*scope["headers"], (b"authorization", f"Bearer {key}".encode())]
        await application({**scope, "headers": headers}, receive, send)

    return with_key


def ask(application: Application, path: str) -> tuple[int, bytes]:
    """Status and body of GET path of an ASGI application in this process, without a server."""
    return asyncio.run(_ask(application, path))


async def _ask(application: Application, path: str) -> tuple[int, bytes]:
    parts = urlsplit(path)
    status, body = 0, b""
    answered = asyncio.Event()
    scope: Message = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(b"host", b"localhost"), (b"accept", b"application/json")],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
        "state": {},
    }
    requested = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        message = next(requested, None)
        if message is None:
            await answered.wait()
            return {"type": "http.disconnect"}
        return message

    async def send(message: Message) -> None:
        nonlocal status, body
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            body += message.get("body", b"")
            if not message.get("more_body", False):
                answered.set()

    await application(scope, receive, send)
    return status, body

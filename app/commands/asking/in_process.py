"""One request to an application of this process, without a socket: what a server would hand to it (ASGI)."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from fastapi import FastAPI

JSON = "application/json"
Message = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """An address with its query, an API key, and the JSON of a POST; without one it is a GET."""

    address: str
    key: str
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, media type and bytes of the answer."""

    status: int
    media_type: str
    content: bytes

    @property
    def is_success(self) -> bool:
        """True if the question was answered."""
        return self.status < 300

    @property
    def is_json(self) -> bool:
        """True if the answer is JSON."""
        return self.media_type == JSON


async def answered(app: FastAPI, question: Question) -> Reply:
    """The application's answer."""
    sent: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": (question.body or "").encode(), "more_body": False}]

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()  # the caller stays until the answer is whole
        return waiting.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    async with app.router.lifespan_context(app):
        await app(_scope(question), receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
    content = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Reply(start["status"], headers.get("content-type", "").partition(";")[0], content)


def _scope(question: Question) -> dict[str, Any]:
    asked = urlsplit(question.address)
    path = quote(asked.path, safe="/%")
    headers = {"host": "localhost", "authorization": f"Bearer {question.key}"}
    if question.body is not None:
        headers |= {"content-type": JSON, "content-length": str(len(question.body.encode()))}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET" if question.body is None else "POST",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": quote(asked.query, safe="=&%+,:;/?@!$'()*~-._").encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": None,
        "server": ("localhost", 80),
        "state": {},
    }

"""Closed-loop load: a number of connections, each of which sends its next request as soon as it has an answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PATHS = ("/api/prodplan/orders?limit=50", "/api/prodplan/schedule/current", "/api/kpis/overview", "/api/ready")
"""Requests of an overload: a list, two whole-run figures, and one of the pool that serves no data."""
ANSWER_WITHIN_S = 30
OVERLOADED = "OVERLOADED"

IsRight = Callable[[str, Any], bool]
"""Judges the body of a 200 by the path that was asked."""


def members(document: dict[str, Any]) -> tuple[Any, ...]:
    """The members that every right answer to a path shares: the run, the names, and the largest member's content."""
    largest = max(document, key=lambda name: len(str(document[name])))
    return document.get("run_id"), sorted(document), document[largest]


def has_members(expected: Mapping[str, tuple[Any, ...]], path: str, document: dict[str, Any]) -> bool:
    """Return True if the answer to a path has the members expected of it."""
    return members(document) == expected[path]


@dataclass
class Level:
    """The answers to one number of connections; latencies of the right ones in ms, in no order."""

    connections: int
    elapsed_s: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    overloaded: int = 0
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def right_per_s(self) -> float:
        """Right answers a second, until the last request was answered."""
        return len(self.latencies_ms) / self.elapsed_s if self.elapsed_s else 0.0

    @property
    def p99_ms(self) -> float | None:
        ordered = sorted(self.latencies_ms)
        return ordered[int(0.99 * (len(ordered) - 1))] if ordered else None


def offer(
    base_url: str, paths: Sequence[str], is_right: IsRight, *, key: str | None, connections: int, seconds: float
) -> Level:
    """Request the paths in turn over this many connections; each at least once, and no more after `seconds`."""
    return asyncio.run(_offer(base_url, paths, is_right, key, connections, seconds))


async def _offer(
    base_url: str, paths: Sequence[str], is_right: IsRight, key: str | None, connections: int, seconds: float
) -> Level:
    level, began = Level(connections), time.monotonic()
    client = _Client(base_url, paths, is_right, key, level, began + seconds)
    await asyncio.gather(*(client.converse(number) for number in range(connections)))
    level.elapsed_s = time.monotonic() - began
    return level


class _Client:
    def __init__(
        self, base_url: str, paths: Sequence[str], is_right: IsRight, key: str | None, level: Level, until: float
    ) -> None:
        parts = urlsplit(base_url)
        self._address = (parts.hostname, parts.port)
        authorization = f"Authorization: Bearer {key}\r\n" if key else ""
        self._requests = [
            (path, f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{authorization}\r\n".encode()) for path in paths
        ]
        self._is_right, self._level, self._until = is_right, level, until

    async def converse(self, number: int) -> None:
        """Ask at least once, and on until the time is over; a broken connection is replaced."""
        while True:
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    reader, writer = await asyncio.open_connection(*self._address)
            except OSError as error:  # TimeoutError is one
                self._level.wrong[f"no connection ({type(error).__name__})"] += 1
                await asyncio.sleep(0.05)
            else:
                try:
                    await self._ask(number, reader, writer)
                except (OSError, EOFError) as error:
                    self._level.wrong[f"no answer ({type(error).__name__})"] += 1
                finally:
                    writer.close()
            if time.monotonic() >= self._until:
                return

    async def _ask(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            path, request = self._requests[number % len(self._requests)]
            number += 1
            began = time.monotonic()
            async with asyncio.timeout(ANSWER_WITHIN_S):
                writer.write(request)
                status, body = await _answer(reader)
            self._count(path, status, body, (time.monotonic() - began) * 1000)
            if time.monotonic() >= self._until:
                return

    def _count(self, path: str, status: int, body: bytes, latency_ms: float) -> None:
        try:
            document = json.loads(body)
        except ValueError:
            self._level.wrong[f"{status}, no JSON"] += 1
            return
        if status == 200 and self._is_right(path, document):
            self._level.latencies_ms.append(latency_ms)
        elif status == 503 and document.get("code") == OVERLOADED:
            self._level.overloaded += 1
        else:
            self._level.wrong[f"{status} {document.get('code', 'with another body')}"] += 1


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    lengths = [line.partition(":")[2] for line in lines if line.lower().startswith("content-length:")]
    return int(lines[0].split(" ", 2)[1]), await reader.readexactly(int(lengths[0]) if lengths else 0)

"""The log while no connection can be accepted: one line, and all that is something else."""

from __future__ import annotations

import asyncio
import errno
from typing import Any

import pytest

from app.api import descriptors
from app.api.descriptors import AcceptFailures
from app.api.process.server import server_config
from app.api.snapshot_reading import POOL_SIZE, PROBE_POOL_SIZE, PROBES_WAITING, WAITING


class Loop(asyncio.SelectorEventLoop):
    """Keeps what it would have handled by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.handled: list[str] = []

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        self.handled.append(context["message"])


def test_thousands_of_failed_accepts_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(descriptors.log, "error", lambda text, *given: lines.append(text % given))
    handle, loop = AcceptFailures(), Loop()
    failed: dict[str, Any] = {"message": "socket.accept() out of system resource", "socket": None}
    for _ in range(5000):
        handle(loop, failed | {"exception": OSError(errno.EMFILE, "Too many open files")})
    handle(loop, {"message": "another", "exception": ValueError("of ours")})
    handle(loop, {"message": "a file", "exception": OSError(errno.EMFILE, "Too many open files")})
    loop.close()
    assert [line[:53] for line in lines] == ["Connections cannot be accepted (Too many open files),"]
    assert loop.handled == ["another", "a file"]


def test_server_bounds_the_connections_that_it_holds_beyond_those_that_it_lets_wait() -> None:
    config = server_config(workers=2)
    assert config.limit_concurrency is not None
    assert config.limit_concurrency > POOL_SIZE + PROBE_POOL_SIZE + WAITING + PROBES_WAITING
    assert config.backlog < config.limit_concurrency

"""The log while no connection can be accepted: one line, and all that is something else."""

from __future__ import annotations

import asyncio
import errno
import logging
from typing import Any

import pytest

from app.api.descriptors import AcceptFailures


def test_thousands_of_failed_accepts_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    handle, loop = AcceptFailures(), asyncio.new_event_loop()
    context: dict[str, Any] = {"message": "socket.accept() out of system resource", "socket": None}
    try:
        with caplog.at_level(logging.ERROR):
            for _ in range(5000):
                handle(loop, context | {"exception": OSError(errno.EMFILE, "Too many open files")})
            assert [record.getMessage()[:53] for record in caplog.records] == [
                "Connections cannot be accepted (Too many open files),"
            ]
            handle(loop, {"message": "another", "exception": ValueError("of ours")})
            handle(loop, {"message": "a file", "exception": OSError(errno.EMFILE, "Too many open files")})
    finally:
        loop.close()
    assert len(caplog.records) == 3

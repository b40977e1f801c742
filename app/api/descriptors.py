"""File descriptors: as many as the system allows, and one line in the log while there are none left.

asyncio logs a failed accept once for each place in the listener's backlog, and tries again a second later.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import time
from contextlib import suppress
from typing import Any

BACKLOG = 128
"""Connections that wait to be accepted; the system refuses more."""
MOST_CONNECTIONS = 2048
"""Held by one worker process, idle ones too: twice as many as may wait for a place. The server answers others 503."""
SAY_EVERY_S = 60.0
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
log = logging.getLogger("uvicorn.error")


def allow_many() -> None:
    """Raise this process's own limit of open files to what the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):  # macOS says unlimited and takes less
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class AcceptFailures:
    """An event loop's exception handler: of failed accepts one line a minute; all else as the loop does it."""

    def __init__(self) -> None:
        self._said_at: float | None = None
        self._unsaid = 0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in EXHAUSTED and "socket" in context):
            loop.default_exception_handler(context)
            return
        self._unsaid += 1
        now = time.monotonic()
        if self._said_at is None or now - self._said_at >= SAY_EVERY_S:
            log.error(
                "Connections cannot be accepted (%s), %d tries since the last such line: they wait. Raise the limit of "
                "open files, or serve fewer clients.",
                error.strerror,
                self._unsaid,
            )
            self._said_at, self._unsaid = now, 0

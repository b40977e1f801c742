"""Raises the limit of open files, and limits the log lines about failed accepts to one a minute.

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
"""Connections that wait to be accepted; the system refuses further ones."""
MOST_CONNECTIONS = 2048
"""Connections of one worker process, idle ones included: twice the number of requests that may wait for a place. The
server answers further ones with 503."""
SAY_EVERY_S = 60.0
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
log = logging.getLogger("uvicorn.error")


def allow_many() -> None:
    """Raise this process's limit of open files to the system's hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):  # macOS says unlimited and takes less
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class AcceptFailures:
    """An event loop's exception handler that logs failed accepts once a minute and leaves other errors to the loop."""

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

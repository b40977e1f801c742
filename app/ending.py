"""The end of a command that serves until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the block's command with exit code 0, at any moment from its start on.

    Before a server's own handler is there, and after uvicorn's has raised the signal again, the system's default would
    end the process at once: without the ends of its blocks, and with a code that says that it failed.
    """

    def end(*_: object) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

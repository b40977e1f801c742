"""Runs the database's work in one thread on one connection, in order, while the next sheet is read.

The order is that of a program without threads, so no locks are needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

BACKLOG_BYTES = 32_000_000
"""Bytes of COPY text that may wait in memory while the server is busy; bounds the reader's lead."""


class DatabaseThread:
    """Does submitted work in order. Until the block ends, only the thread may use the connection.

    A failure is raised by a later `submit` or at the end of the block; the work after it is skipped.
    """

    def __init__(self, backlog_bytes: int = BACKLOG_BYTES) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._pending: deque[tuple[Future[None], int]] = deque()
        self._backlog = 0
        self._limit = backlog_bytes
        self._broken = False

    def __enter__(self) -> DatabaseThread:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._broken = self._broken or kind is not None
        self._worker.shutdown(wait=True)
        if kind is None:
            self._settle(down_to=-1)

    def submit(self, work: Callable[[], None], size: int = 0) -> None:
        """Queue this after all that was submitted before; waits while the backlog is full."""
        self._settle(down_to=self._limit - size)
        self._pending.append((self._worker.submit(self._do, work), size))
        self._backlog += size

    def _do(self, work: Callable[[], None]) -> None:
        if self._broken:
            return
        try:
            work()
        except BaseException:
            self._broken = True
            raise

    def _settle(self, down_to: int) -> None:
        """Remove finished work from the backlog, and wait until its size is at most this, or nothing is pending."""
        while self._pending and (self._backlog > down_to or self._pending[0][0].done()):
            future, size = self._pending.popleft()
            self._backlog -= size
            future.result()

"""Enters a context manager by a thread, before what it gives is needed: a server takes a while to start."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Generic, TypeVar

Started = TypeVar("Started")


class Ahead(Generic[Started]):
    """A context manager that a thread enters. Its failure is raised where what it gives is asked for."""

    def __init__(self, manager: AbstractContextManager[Started]) -> None:
        self._manager, self._pool = manager, ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._entered = self._pool.submit(manager.__enter__)
        self._exited: Future[None] | None = None

    def ready(self) -> Started:
        """Return what the context manager gives, once it is entered."""
        return self._entered.result()

    def close(self) -> None:
        """Wait for the entry, and exit; a second time changes nothing, and raises what the first one raised."""
        self._pool.shutdown()
        if self._entered.exception() is not None:
            return
        if self._exited is None:
            self._exited = Future()
            try:
                self._manager.__exit__(None, None, None)
                self._exited.set_result(None)
            except Exception as error:
                self._exited.set_exception(error)
        self._exited.result()


@contextmanager
def started_ahead(manager: AbstractContextManager[Started]) -> Iterator[Ahead[Started]]:
    """The context manager entered by a thread, and exited after the block."""
    ahead = Ahead(manager)
    try:
        yield ahead
    finally:
        ahead.close()

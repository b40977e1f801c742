"""Work of later checks that a thread does while earlier checks leave a processor idle and measure no time.

Each errand is carried out once: by the thread, or by the check that asks for its result before the thread came to it.
A failure is raised at that check, and nowhere else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Errand(Generic[Result]):
    """A function that is called once, by the thread or the caller that comes first."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work, self._is_taken = work, threading.Lock()
        self._done: Future[Result] = Future()

    def carry_out(self) -> None:
        """Call the function, unless somebody has begun to."""
        if not self._is_taken.acquire(blocking=False):
            return
        try:
            self._done.set_result(self._work())
        except BaseException as error:
            self._done.set_exception(error)
            if isinstance(error, KeyboardInterrupt):  # it ends the run, and not the errand alone
                raise

    def result(self) -> Result:
        """Return what the function returned, or raise what it raised; wait for it if it is under way."""
        self.wait()
        return self._done.result()

    def wait(self) -> None:
        """Return once it has ended, however it did."""
        self.carry_out()
        self._done.exception()


class Errands:
    """Errands that one thread carries out, in the order in which they were sent."""

    def __init__(self) -> None:
        self._sent: SimpleQueue[Errand[Any] | None] = SimpleQueue()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._carry_out, name="errands", daemon=True)
        self._thread.start()

    def send(self, errand: Errand[Any]) -> None:
        """Have the thread carry it out, after those that were sent before."""
        self._sent.put(errand)

    def end(self) -> None:
        """Wait for the errand that is under way, and begin no other; a second time changes nothing."""
        self._is_over.set()
        self._sent.put(None)
        self._thread.join()

    def _carry_out(self) -> None:
        while (errand := self._sent.get()) is not None and not self._is_over.is_set():
            errand.carry_out()


@contextmanager
def errands_sent() -> Iterator[Errands]:
    """The thread and its errands, ended after the block."""
    errands = Errands()
    try:
        yield errands
    finally:
        errands.end()

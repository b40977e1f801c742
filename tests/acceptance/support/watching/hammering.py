"""A client that reads or writes without pause beside something else, and records its answers and their durations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from time import perf_counter
from types import TracebackType
from typing import Any

import sqlalchemy as sa

PATIENCE_MS = 5_000
"""A lock that keeps the client waiting longer ends it; `fault` says so."""


class Hammering:
    """Calls `act` over and over, each time in a transaction of its own, for as long as the block and once after it, so
    that what the block did last is seen too.

    What `act` does not commit itself is rolled back. seen: every answer that was ever given. rounds: how many.
    longest_ms: the longest of them. fault: what ended it.
    """

    def __init__(self, engine: sa.Engine, act: Callable[[sa.Connection], Hashable]) -> None:
        self.seen: set[Any] = set()
        self.rounds = 0
        self.longest_ms = 0.0
        self.fault = ""
        self._engine, self._act = engine, act
        self._stop, self._acting = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hammer, name="hammering", daemon=True)

    def __enter__(self) -> Hammering:
        self._thread.start()
        self._acting.wait(timeout=30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=60)
        self._engine.dispose()

    def _hammer(self) -> None:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql(f"SET lock_timeout = {PATIENCE_MS}")
                connection.commit()
                is_last = False
                while not is_last:
                    is_last = self._stop.is_set()
                    began = perf_counter()
                    self.seen.add(self._act(connection))
                    connection.rollback()
                    self.longest_ms = max(self.longest_ms, (perf_counter() - began) * 1000)
                    self.rounds += 1
                    self._acting.set()
        except Exception as error:  # a failed thread would be told at whichever check runs just then
            self.fault = str(getattr(error, "orig", None) or f"{type(error).__name__}: {error}").strip()
        finally:
            self._acting.set()

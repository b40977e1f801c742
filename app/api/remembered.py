"""Results that never change, such as figures of two runs, kept by this process: the latest few."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

MOST_KEPT = 64
Result = TypeVar("Result")


class Remembered(Generic[Result]):
    """A bounded store, safe for threads. Two threads that miss the same key at once both make the result."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Result] = OrderedDict()
        self._lock = Lock()

    def of(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """The kept result of this key, or a new one."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made

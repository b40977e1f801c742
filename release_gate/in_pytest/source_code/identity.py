"""The names and values of a module or class, compared by identity and many at once.

`is` alone proves that a value is still the same: any other object may claim to equal it. Asked of each of some hundred
values, several times with each test, it costs more than the test; so the addresses of all are compared in one piece.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping
from operator import is_
from typing import Any

BYTES_AT: Any = getattr(ctypes, "_string_at", None)
"""The function behind ctypes.string_at, bound here, because a check may replace it."""
BEFORE_ITEMS = tuple.__basicsize__
ADDRESS = struct.calcsize("P")


def addresses_of(values: tuple[object, ...]) -> bytes:
    """The addresses that a tuple consists of in CPython."""
    found: bytes = BYTES_AT(id(values) + BEFORE_ITEMS, ADDRESS * len(values))
    return found


def _is_readable() -> bool:
    sample = object(), object(), ()
    return BYTES_AT is not None and addresses_of(sample) == struct.pack(f"{len(sample)}P", *map(id, sample))


READABLE = _is_readable()


class Values:
    """All names and values as they are now; they are kept alive, so that no address is used again."""

    __slots__ = ("_addresses", "_kept", "_space")

    def __init__(self, space: Mapping[str, Any]) -> None:
        self._space = space
        self._kept = self._now()
        self._addresses = addresses_of(self._kept) if READABLE else b""

    def are_same(self) -> bool:
        """True if nothing was added, removed, moved or replaced. A change may be one that nobody minds."""
        now = self._now()
        if READABLE:
            return addresses_of(now) == self._addresses
        return len(now) == len(self._kept) and all(map(is_, now, self._kept))

    def _now(self) -> tuple[object, ...]:
        return *self._space, *self._space.values()

"""Reads many small pieces of this process's memory in one call of C, as CPython keeps its objects there.

A memoryview may lie over a table of addresses: copied to bytes, it follows each of them. No object is made or looked at
for a piece, so that a thousand functions, which lie apart from each other, cost a test a few microseconds.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterable
from typing import Any

ADDRESS = struct.calcsize("P")
PIECE = 3 * ADDRESS
"""Bytes of a piece."""
BYTES_AT: Any = getattr(ctypes, "_string_at", None)
"""The function behind ctypes.string_at, bound here, because a check may replace it."""
BEFORE_ITEMS = tuple.__basicsize__


class _Buffer(ctypes.Structure):
    """Python's Py_buffer, which the stable ABI fixes."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
        ("strides", ctypes.POINTER(ctypes.c_ssize_t)),
        ("suboffsets", ctypes.POINTER(ctypes.c_ssize_t)),
        ("internal", ctypes.c_void_p),
    )


def _maker_of_views() -> Any:
    make = getattr(getattr(ctypes, "pythonapi", None), "PyMemoryView_FromBuffer", None)
    if make is not None:
        make.restype, make.argtypes = ctypes.py_object, [ctypes.POINTER(_Buffer)]
    return make


VIEW_OF = _maker_of_views()


class Pieces:
    """The memory at some addresses; what lies there must be kept alive.

    read: the present content, as bytes side by side; to be called only while this object is alive.
    """

    __slots__ = ("_layout", "_table", "read")

    def __init__(self, addresses: Iterable[int]) -> None:
        found = [*addresses]
        self.read: Callable[[], bytes] = bytes
        if found and VIEW_OF is not None:
            self._table = (ctypes.c_void_p * len(found))(*found)
            pair = ctypes.c_ssize_t * 2
            # Of two dimensions the first is followed to where its address leads, which is what a suboffset of 0 means.
            self._layout = pair(len(found), PIECE), pair(ADDRESS, 1), pair(0, -1)
            length, start = len(found) * PIECE, ctypes.addressof(self._table)
            self.read = VIEW_OF(_Buffer(start, None, length, 1, 1, 2, None, *self._layout, None)).tobytes


def addresses_of(values: tuple[object, ...]) -> bytes:
    """The addresses that a tuple consists of in CPython."""
    found: bytes = BYTES_AT(id(values) + BEFORE_ITEMS, ADDRESS * len(values))
    return found


def packed(*values: object) -> bytes:
    """The addresses of values, as a tuple has them."""
    return struct.pack(f"{len(values)}P", *map(id, values))


def packed_or_none(*values: object) -> bytes:
    """The addresses of values, with nothing in the place of a None."""
    return struct.pack(f"{len(values)}P", *(0 if value is None else id(value) for value in values))


def _is_readable() -> bool:
    sample = object(), object(), ()
    return BYTES_AT is not None and addresses_of(sample) == packed(*sample)


def _is_gathered() -> bool:
    samples = [(object(), object(), object()) for _ in range(PIECE)]
    pieces = Pieces(id(sample) + BEFORE_ITEMS for sample in samples)
    return pieces.read() == b"".join(packed(*sample) for sample in samples)


READABLE = _is_readable()
"""True where tuples are read by their memory."""
GATHERED = READABLE and _is_gathered()
"""True where Pieces can be read."""

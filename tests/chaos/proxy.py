"""A way to a server that is cut, pauses, or flips a bit of a copied row, after a given number of bytes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

CHUNK = 1 << 14
COPY_DATA = ord("d")
Stream = Literal["sent", "answered", "copied"]
"""Bytes of a client to the server, of the server to the client, and of the rows alone that a client copies."""


@dataclass(frozen=True)
class Trouble:
    """act: what becomes of the wire at the byte `at` of a stream; bit: of that byte; pause_s: of a stall."""

    act: Literal["cut", "stall", "flip"]
    stream: Stream
    at: int
    bit: int = 0
    pause_s: float = 0.0


@dataclass
class Wire:
    """The bytes that have passed so far, over all connections, and the trouble that is still to come."""

    url: sa.URL
    trouble: Trouble | None
    passed: dict[Stream, int] = field(default_factory=lambda: {"sent": 0, "answered": 0, "copied": 0})
    struck: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def through(self, data: bytearray, stream: Stream, first: int = 0, end: int | None = None) -> bool:
        """Count the bytes of `data` from `first` to `end`, with the trouble if it is among them; False if that cuts."""
        size = (len(data) if end is None else end) - first
        with self.lock:
            before = self.passed[stream]
            self.passed[stream] += size
            trouble = self.trouble
            if self.struck or trouble is None or trouble.stream != stream or not before <= trouble.at < before + size:
                return True
            self.struck = True
        if trouble.act == "flip":
            data[first + trouble.at - before] ^= 1 << trouble.bit
        elif trouble.act == "stall":
            time.sleep(trouble.pause_s)
        return trouble.act != "cut"


class CopiedRows:
    """Finds, in the bytes that a client sends, those of the rows that it copies: the messages CopyData."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._left, self._is_copy, self._is_first = 0, False, True

    def places(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Begin and end of each part of `data` that is of a copied row."""
        at = 0
        while at < len(data):
            if self._left:
                taken = min(self._left, len(data) - at)
                if self._is_copy:
                    yield at, at + taken
                self._left -= taken
                at += taken
                continue
            self._head.append(data[at])
            at += 1
            # The first message has no byte for its kind; the length counts its own four bytes.
            if len(self._head) == (4 if self._is_first else 5):
                self._left = int.from_bytes(self._head[-4:], "big") - 4
                self._is_copy, self._is_first = not self._is_first and self._head[0] == COPY_DATA, False
                self._head.clear()


def pass_on(wire: Wire, source: socket.socket, target: socket.socket, stream: Stream) -> None:
    """Pass bytes on until either end closes or the wire is cut; then both ends are closed."""
    rows = CopiedRows()
    with suppress(OSError):
        while received := source.recv(CHUNK):
            data = bytearray(received)
            if stream == "sent":
                for begin, end in rows.places(received):
                    wire.through(data, "copied", begin, end)
            if not wire.through(data, stream):
                break
            target.sendall(data)
    for end_of_wire in (source, target):
        with suppress(OSError):
            end_of_wire.shutdown(socket.SHUT_RDWR)


def join(wire: Wire, client: socket.socket) -> None:
    """Join a client with the server, in both directions."""
    with client, suppress(OSError), socket.create_connection((wire.url.host or "", wire.url.port or 5432)) as server:
        back = threading.Thread(target=pass_on, args=(wire, server, client, "answered"))
        back.start()
        pass_on(wire, client, server, "sent")
        back.join()


@contextmanager
def troubled(url: sa.URL, trouble: Trouble | None) -> Iterator[tuple[sa.URL, Wire]]:
    """A URL of the same database by way of a wire with that trouble, and the wire."""
    wire, joined = Wire(url, trouble), list[threading.Thread]()

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                joined.append(threading.Thread(target=join, args=(wire, client)))
                joined[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=serve)
        accepting.start()
        try:
            yield url.set(host="127.0.0.1", port=listener.getsockname()[1]), wire
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for one in joined:
                one.join()

"""A way to a server on which bytes change or the connection ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa

Change = tuple[bytes, bytes | None]
"""Maps the bytes that a client sends to those that arrive; None: the connection ends there."""


def passed_on(source: socket.socket, target: socket.socket, change: Change | None) -> None:
    """Pass bytes on, the first occurrence of some of them changed; both ends are closed with either."""
    with suppress(OSError):
        while received := source.recv(1 << 20):
            if change and change[0] in received:
                if change[1] is None:
                    break
                received, change = received.replace(change[0], change[1], 1), None
            target.sendall(received)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def join(client: socket.socket, server: socket.socket, change: Change) -> None:
    """Pass bytes on in both directions, until either end has closed."""
    with client, server:
        back = threading.Thread(target=passed_on, args=(server, client, None))
        back.start()
        passed_on(client, server, change)
        back.join()


@contextmanager
def wire(url: sa.URL, change: Change) -> Iterator[sa.URL]:
    """A URL of the same database, for clients of which some bytes change on the way to it."""
    joined: list[threading.Thread] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection((url.host or "", url.port or 5432))
                joined.append(threading.Thread(target=join, args=(client, server, change)))
                joined[-1].start()

    listener = socket.create_server(("127.0.0.1", 0))
    accepting = threading.Thread(target=serve)
    accepting.start()
    try:
        yield url.set(host="127.0.0.1", port=listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
        listener.close()
        for one in joined:
            one.join()

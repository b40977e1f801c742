"""`python -m tests.integration.stem DESCRIPTOR MODULE …`: import the modules, then fork a process for each order.

An order comes through the Unix socket of that descriptor, as JSON with five descriptors: standard input, output and
error, and a pipe for the news of the process. The news are its pid, and its end as `os.waitpid` gives it. The stem ends
when the other end of the socket is closed; the processes go on.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import tempfile
from importlib import import_module
from typing import Any

LONGEST_ORDER = 1 << 20
DESCRIPTORS = 4
Order = dict[str, Any]


def awaited(orders: socket.socket) -> Order | None:
    """The order to be carried out in this process, a forked one; None in the stem, after the last order."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for the processes
    while True:
        text, descriptors, _, _ = socket.recv_fds(orders, LONGEST_ORDER, DESCRIPTORS)
        if not text:
            return None
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _forked(json.loads(text), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _forked(order: Order, descriptors: list[int]) -> Order:
    """Fork the process itself and tell of its end; returns in that process."""
    *streams, news = descriptors
    pid = os.fork()
    if pid:
        for stream in (0, 1, 2, *streams):
            os.close(stream)
        os.write(news, b"%d\n" % pid)
        os.write(news, b"%d\n" % os.waitpid(pid, 0)[1])
        os._exit(0)
    os.close(news)
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    return order


def main(descriptor: str, *modules: str) -> None:
    """Serve as the stem; in a forked process, run the program of its order and end as Python ends."""
    for module in modules:
        import_module(module)
    gc.freeze()  # a forked process does not copy what it only reads
    with socket.socket(fileno=int(descriptor)) as orders:
        order = awaited(orders)
    if order is not None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # however this stem was started
        tempfile.tempdir = None
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.argv = ["-c", *order["arguments"]]
        exec(compile(order["program"], "<forked>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    main(*sys.argv[1:])

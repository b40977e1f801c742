"""Processes forked from one that has imported the program: a start takes milliseconds, and not as long as the imports.

For tests that need a process: to kill it, to stop it, to let it hold something. That the program starts by its own
command line is proven where a test starts it so.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]


class Forked:
    """A process of a stem, as far as a test needs it like `subprocess.Popen`. It has a session of its own."""

    def __init__(self, news: int, stdin: IO[str] | None, stdout: IO[str] | None) -> None:
        self._news = os.fdopen(news, "r", encoding="ascii")
        self.pid = int(self._news.readline())
        self.stdin, self.stdout = stdin, stdout
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._news], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked process", timeout or 0)
            self.returncode = os.waitstatus_to_exitcode(int(self._news.readline()))
            self._news.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def discard(self) -> None:
        """Kill it if it still runs, and close its pipes."""
        self.kill()
        self.wait()
        for stream in (self.stdin, self.stdout):
            if stream is not None:
                stream.close()


class Stem:
    """The process that others are forked from."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders

    def fork(
        self,
        program: str,
        *arguments: str,
        environment: Mapping[str, str],
        stdin: int | None = None,
        stdout: int | None = None,
    ) -> Forked:
        """Run a program's text in a process of its own. stdin: none, or a pipe; stdout: as here, or a pipe."""
        order = {"program": program, "arguments": arguments, "environment": dict(environment)}
        with contextlib.ExitStack() as given:
            write, given_in = _pipe_to(given) if stdin == subprocess.PIPE else (None, _nothing(given))
            read, given_out = _pipe_from(given) if stdout == subprocess.PIPE else (None, 1)
            news, told = os.pipe()
            given.callback(os.close, told)
            socket.send_fds(self._orders, [json.dumps(order).encode()], [given_in, given_out, 2, told])
            return Forked(news, write, read)


def _pipe_to(given: contextlib.ExitStack) -> tuple[IO[str], int]:
    """Our end of a pipe, and the end that is given away."""
    theirs, ours = os.pipe()
    given.callback(os.close, theirs)
    return os.fdopen(ours, "w", encoding="utf-8"), theirs


def _pipe_from(given: contextlib.ExitStack) -> tuple[IO[str], int]:
    ours, theirs = os.pipe()
    given.callback(os.close, theirs)
    return os.fdopen(ours, "r", encoding="utf-8"), theirs


def _nothing(given: contextlib.ExitStack) -> int:
    empty = os.open(os.devnull, os.O_RDONLY)
    given.callback(os.close, empty)
    return empty


@contextlib.contextmanager
def stem_of(*modules: str) -> Iterator[Stem]:
    """A stem that has imported these modules; it ends with the block."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours:
        with theirs:
            command = [sys.executable, "-m", "tests.integration.stem", str(theirs.fileno()), *modules]
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        yield Stem(ours)
    process.wait()

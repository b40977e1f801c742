"""Commands of a project, started by `subprocess`, or by a fork of one prepared process (fork_server.py) if it may.

A fork does not start Python and does not import pytest, the libraries and the gate again, which is most of what a
command costs. A project's code is imported by each command as ever. Tests fork unless REAL_STARTS is set; any other
caller (the honesty table) starts an interpreter for each command.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from tests.plugin import fork_server

REAL_STARTS = "REAL_STARTS"
"""A variable with which every command gets an interpreter of its own."""
MODULES = ("pytest", "release_gate")
CHUNK_BYTES = 1 << 16
LIMIT_S = 120


@dataclass(frozen=True)
class CommandResult:
    """A command that ended: its exit code and what it printed."""

    exit_code: int
    output: str


def started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> CommandResult:
    """Run a command without input; its output and its errors are one text. Raises TimeoutExpired."""
    if FORKING and FORKING[-1].can_run(command, folder, environment):
        exit_code, told = FORKING[-1].run(command, folder, environment, LIMIT_S)
    else:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT_S,
            check=False,
        )
        exit_code, told = done.returncode, done.stdout
    return CommandResult(exit_code, told.decode().replace("\r\n", "\n").replace("\r", "\n"))


@contextmanager
def forks(environment: Mapping[str, str]) -> Iterator[None]:
    """Within the block, `started` forks where it may. environment: of the prepared process."""
    if REAL_STARTS in os.environ:
        yield
        return
    FORKING.append(ForkServer(environment))
    try:
        yield
    finally:
        FORKING.pop().close()


class ForkServer:
    """The prepared process: started when the first command asks for it, ended by `close`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._lock = Lock()
        self._started_with = fork_server.fixed(environment)
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, fork_server.__file__, str(theirs.fileno())],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._answers = self._channel.makefile("rb")
        self.prepared = set(json.loads(self._line()))

    def close(self) -> None:
        self._answers.close()
        self._channel.close()
        self._process.wait()

    def can_run(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> bool:
        """True if a fork does the same as a new interpreter.

        The command is `python -m pytest` or the gate's, its environment has no other variable for Python itself, and
        no file of the folder would be imported instead of a module that is imported already.
        """
        is_ours = [*command[:2]] == [sys.executable, "-m"] and command[2] in MODULES
        here = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
        return is_ours and fork_server.fixed(environment) == self._started_with and not here & self.prepared

    def run(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], limit_s: float
    ) -> tuple[int, bytes]:
        """The exit code of a command, and all that it and its descendants printed. Raises TimeoutExpired."""
        arguments = {"arguments": command[1:], "folder": str(folder), "environment": dict(environment)}
        numbers = [*range(fork_server.STANDARD)]
        output, theirs = os.pipe()
        with self._lock, os.fdopen(output, "rb", buffering=0) as stream:
            with os.fdopen(theirs, "wb"), Path(os.devnull).open("rb") as nothing:
                fork_server.send(self._channel, arguments | {"numbers": numbers}, [nothing.fileno(), theirs, theirs])
            pid = int(self._line())
            told, until = b"", time.monotonic() + limit_s
            while select.select([stream], [], [], max(0.0, until - time.monotonic()))[0]:
                part = stream.read(CHUNK_BYTES)
                told += part or b""
                if not part:
                    return int(self._line()), told
            os.kill(pid, signal.SIGKILL)
            self._line()
            raise subprocess.TimeoutExpired(command, limit_s, told)

    def _line(self) -> bytes:
        """The next answer. Raises EOFError when the fork server has ended."""
        if not (line := self._answers.readline()):
            raise EOFError("the fork server has ended")
        return line


FORKING: list[ForkServer] = []
"""The prepared process, while there is one."""

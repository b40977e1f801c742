"""Processes that measure: started with a job, ended with the benchmark, whatever ends it.

A child says `ready`, waits for lines on stdin, and answers in JSON lines. When its stdin closes, because the benchmark
has ended or was killed, the child ends, and with it the processes that it has started.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = __package__
LEAVE_DEADLINE_S = 5.0


class ChildFailed(RuntimeError):
    """A measuring process ended without its answer; the message has the last line of its stderr."""


class Child:
    """One measuring process, `python -m benchmarks.ingestion_speed.MODULE JOB`, ready when the block begins."""

    def __init__(self, module: str, **task: Any) -> None:
        self._module = module
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{PACKAGE}.{module}", json.dumps(task)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the benchmark alone, which ends its children
        )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        try:
            self.answer()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def tell(self, **message: Any) -> None:
        """Send one line. If the child has ended, `answer` raises."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Its next answer. Raises ChildFailed when it ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            self._said.seek(0)
            lines = self._said.read().decode(errors="replace").strip().splitlines()
            raise ChildFailed(f"{self._module} ended with {code}: {lines[-1] if lines else 'it said nothing'}")
        found: dict[str, Any] = json.loads(line)
        return found

    def asked(self, **message: Any) -> dict[str, Any]:
        """Tell, then wait for the answer."""
        self.tell(**message)
        return self.answer()

    def end(self) -> None:
        """Close its stdin; kill it if it does not end by itself, and the processes that it leaves behind."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVE_DEADLINE_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group that is gone
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()
        self._said.close()


def job() -> dict[str, Any]:
    """The task of this child process."""
    found: dict[str, Any] = json.loads(sys.argv[1])
    return found


def answer(**message: Any) -> None:
    """Send one answer to the benchmark."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def awaited() -> dict[str, Any]:
    """The next line from the benchmark; without one this child and its own processes end at once."""
    line = b""
    # Byte by byte, past Python's buffer: a thread that waits in it would stop the interpreter from ending.
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            # `Child` made this process the head of a group; a child started by hand is in another group.
            os.killpg(os.getpid(), signal.SIGKILL) if os.getpgrp() == os.getpid() else os._exit(1)
        line += byte
    found: dict[str, Any] = json.loads(line)
    return found


def end_with_the_benchmark() -> None:
    """Watch stdin in a thread, so that this child ends with the benchmark while it works and expects no line."""
    threading.Thread(target=awaited, name="stdin watch", daemon=True).start()

"""Ends forked children that leave a check's own code, and reports their exceptions to the check.

A child that continued would run the rest of the session a second time, beside its parent.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from os import (  # bound here: a check may replace them
    _exit,
    getpid,
    pipe,
    read,
    register_at_fork,
    set_blocking,
    write,
)
from typing import Any

import pytest

from release_gate.record.causes import named

LONGEST = 1000
"""Most characters of a cause, so that a report is short enough for one undivided write to the pipe."""
CHUNK = 1 << 16
PROCESSES = "multiprocessing.process"
"""The module of processes that print what they raise, and of which a check may ask no exit code."""


class Forks:
    """Recognises forked children by the process id of the run. A child reports to its parent through a pipe."""

    def __init__(self) -> None:
        self._owner = getpid()
        self._read_end, self._write_end = pipe()
        set_blocking(self._read_end, False)
        set_blocking(self._write_end, False)
        self._forked = False
        register_at_fork(after_in_parent=self._note_fork, after_in_child=self._hear_process)

    @property
    def in_child(self) -> bool:
        return getpid() != self._owner

    def keep_out(self, name: str, error: BaseException | None = None) -> None:
        """End this process if it is a forked child. name: the test or module whose code has run."""
        if getpid() != self._owner:
            self.end(name, error)

    def end(self, name: str, error: BaseException | None = None) -> None:
        """End this child as Python would: with the status of a SystemExit, with 1 after any other exception."""
        if isinstance(error, SystemExit):
            _exit(error.code if isinstance(error.code, int) else int(error.code is not None))
        if error is None:
            _exit(0)
        self._report(name, error)
        _exit(1)

    def _report(self, name: str, error: BaseException) -> None:
        with suppress(OSError):  # full, because the reader has ended
            write(self._write_end, json.dumps([name, named(error)[:LONGEST]]).encode() + b"\n")

    def _note_fork(self) -> None:
        self._forked = True

    def _hear_process(self) -> None:
        """Let a process of multiprocessing report an assertion that fails in it."""
        kind = getattr(sys.modules.get(PROCESSES), "BaseProcess", None)
        if kind is not None:
            kind._bootstrap = _reporting(kind._bootstrap, self._report)

    @property
    def has_forked(self) -> bool:
        """True once this process has forked."""
        return self._forked

    def reports(self) -> Iterator[tuple[str, str]]:
        """Reports of child processes since the last call: the test or module whose code ran, and the exception."""
        told = b""
        with suppress(BlockingIOError):
            while part := read(self._read_end, CHUNK):
                told += part
        for line in told.splitlines():
            name, cause = json.loads(line)
            yield name, cause


def _reporting(former: Callable[..., Any], report: Callable[[str, BaseException], None]) -> Callable[..., Any]:
    """The start of a process of multiprocessing, with a `run` that reports a failed assertion."""

    def bootstrap(process: Any, *arguments: Any, **named_ones: Any) -> Any:
        run = process.run

        def running() -> None:
            try:
                run()
            except (AssertionError, pytest.fail.Exception) as error:
                report("", error)
                raise

        process.run = running
        return former(process, *arguments, **named_ones)

    return bootstrap

"""Writes the stack of every thread once a check or the run exceeds its time limit."""

from __future__ import annotations

import faulthandler
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from release_gate.record.clock import CLOCK
from release_gate.rules.declaration import Declaration
from release_gate.sealing.deadlines import ASK, ASKED_STACKS, STACKS

SHORTEST_S = 0.001


def answer_with_stacks() -> None:
    """Write the stack of every thread to standard error once the supervisor asks, until the run has a folder.

    By a descriptor of its own: pytest captures the other one while it imports the project's code.
    """
    if ASK is not None:
        with suppress(OSError):
            faulthandler.register(ASK, file=os.dup(2))


class Stacks:
    """Uses faulthandler's watchdog, which needs neither the interpreter's lock nor a signal.

    The supervisor ends the process; without one the watchdog does, and the run stays INCOMPLETE on disk.
    """

    def __init__(self, declaration: Declaration, folder: Path, *, supervised: bool) -> None:
        self._limits = {check.id: check.timeout_s for check in declaration.checks if check.timeout_s is not None}
        self._run_s = declaration.timeout_s
        self._supervised = supervised
        self._check = ""
        self._began = CLOCK.seconds()
        self._check_began_s = self._began
        self._path = folder / STACKS
        self._file = self._path.open("w") if self._limits or self._run_s is not None else None
        self._asked = (folder / ASKED_STACKS).open("w") if self._file is not None and supervised else None
        if self._asked is not None and ASK is not None:
            faulthandler.register(ASK, file=self._asked)
        self.arm()

    @property
    def limited(self) -> bool:
        """True where the run or one of its checks has a limit."""
        return self._file is not None

    def left_s(self) -> tuple[float, float] | None:
        """The run's limit and the seconds that are left of it; None without one."""
        if self._run_s is None:
            return None
        return self._run_s, max(SHORTEST_S, self._run_s - (CLOCK.seconds() - self._began))

    def extended_by(self, seconds: float) -> tuple[str, float | None]:
        """Leave these seconds out of the present check's time; returns the check, and its limit if it has one."""
        self._check_began_s += seconds
        return self._check, self._limits.get(self._check)

    def arm(self, check: str = "") -> None:
        """Start the watchdog for this check, or for the rest of the run."""
        self._check_began_s = CLOCK.seconds()
        self._check = check
        left = [] if self._run_s is None else [self._run_s - (CLOCK.seconds() - self._began)]
        limit = self._limits.get(check)
        left += [] if limit is None else [limit]
        if self._file is None or not left:
            return
        wait_s = max(min(left), SHORTEST_S)
        faulthandler.dump_traceback_later(wait_s, file=self._file, exit=not self._supervised)

    def require_in_time(self, check: str) -> None:
        """Fail a check that went on by itself after its limit."""
        limit = self._limits.get(check)
        took_s = CLOCK.seconds() - self._check_began_s
        if limit is not None and took_s > limit:
            self._check_began_s = CLOCK.seconds()  # told once: of its call, or of what came after it
            why = f"{check} took {took_s:.4g} s, longer than its timeout_s = {limit:g}"
            raise pytest.fail.Exception(why, pytrace=False)

    def disarm(self, *, check: str = "") -> None:
        """End the check's limit; the run's own limit continues."""
        if self._file is not None and check in self._limits:
            faulthandler.cancel_dump_traceback_later()
            self.arm()

    def close(self) -> None:
        """End the run's limit; remove the file if it is empty."""
        if self._file is None:
            return
        faulthandler.cancel_dump_traceback_later()
        if self._asked is not None:
            if ASK is not None:
                faulthandler.unregister(ASK)
                signal.signal(ASK, signal.SIG_IGN)  # the supervisor may still ask
            self._asked.close()
            Path(self._asked.name).unlink(missing_ok=True)
        self._file.close()
        if not self._path.stat().st_size:
            self._path.unlink()

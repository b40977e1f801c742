"""Enforces the declared time limits of the run and of each check: what exceeds one is killed and recorded."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from release_gate.record.files import sha256_of
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import Journal
from release_gate.record.records import STAGES
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Verdict

STACKS = "stacks.txt"
"""The file into which the judged process writes the stack of every thread when its time is over."""
LOOK_S = 0.25
GRACE_S = 1.0
"""Seconds after the limit in which the judged process may write its stacks."""
FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<name>.+)')


@dataclass(frozen=True, slots=True)
class Overdue:
    """A test that exceeded its limit, or the whole run where `check` is empty. phase: the one that did not end."""

    limit_s: float
    check: str = ""
    nodeid: str = ""
    phase: str = ""

    def record(self, journal: Journal, folder: Path, root: Path) -> None:
        """Write into the journal that the check failed, with the stacks as evidence."""
        stacks = folder / STACKS
        where = _place(stacks, root)
        kept = f"the stack of every thread is in {STACKS}" if where else "its stack could not be taken"
        what = (
            f"{self.check or 'the run'} took longer than its timeout_s = {self.limit_s:g} and was ended{where}; {kept}"
        )
        if not self.check:
            journal.append("problem", verdict=Verdict.INCOMPLETE.value, code="TIMEOUT", message=what)
            return
        if where:
            item = {"kind": "file", "name": STACKS, "path": STACKS, "sha256": sha256_of(stacks)}
            journal.append("evidence", nodeid=self.nodeid, item=item)
        failure = {"type": "release_gate.Timeout", "message": what, "category": None, "fix": None}
        journal.append(
            "phase",
            nodeid=self.nodeid,
            when=self.phase,
            outcome="failed",
            duration_s=self.limit_s,
            xfail=False,
            failure=failure,
        )


class Deadlines:
    """Watches a run's journal from outside and kills the run once a limit is exceeded. overdue: the exceeded limit."""

    def __init__(self, declaration: Declaration, folder: Path) -> None:
        self.overdue: Overdue | None = None
        self._run_s = declaration.timeout_s
        self._limits = {check.id: check.timeout_s for check in declaration.checks if check.timeout_s is not None}
        self._journal = folder / JOURNAL
        self._read = 0
        self._began = time.monotonic()
        self._running: tuple[str, str, float, int] | None = None

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """The exit code of the child, which is killed with its process group once a limit is exceeded."""
        if self._run_s is None and not self._limits:
            return child.wait()
        while self.overdue is None:
            with suppress(subprocess.TimeoutExpired):
                return child.wait(timeout=LOOK_S)
            self._look()
            self.overdue = self._exceeded()
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        return child.wait()

    def _look(self) -> None:
        """Update the running check from the new events of the journal."""
        try:
            with self._journal.open("rb") as file:
                file.seek(self._read)
                lines = file.read()
        except OSError:
            return
        whole = lines[: lines.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            with suppress(ValueError, KeyError, TypeError):
                self._apply(json.loads(line))

    def _apply(self, event: dict[str, str]) -> None:
        kind = event["event"]
        if kind == "started":
            self._running = (event["check"], event["nodeid"], time.monotonic(), 0)
        elif kind == "phase" and self._running and event["when"] in STAGES:
            self._running = (*self._running[:3], STAGES.index(event["when"]) + 1)
        elif kind == "finished":
            self._running = None

    def _exceeded(self) -> Overdue | None:
        now = time.monotonic()
        if self._running is not None:
            check, nodeid, began, ended = self._running
            limit = self._limits.get(check)
            if limit is not None and now - began > limit + GRACE_S:
                return Overdue(limit, check, nodeid, STAGES[min(ended, 2)])
        if self._run_s is not None and now - self._began > self._run_s + GRACE_S:
            return Overdue(self._run_s)
        return None


def _place(stacks: Path, root: Path) -> str:
    """The innermost frame of the project's code in the last thread of a dump, which is the main one."""
    try:
        threads = stacks.read_text("utf-8", "replace").split("(most recent call first):\n")
    except OSError:
        return ""
    frames = [match for line in threads[-1].splitlines() if (match := FRAME.match(line))]
    if len(threads) == 1 or not frames:
        return ""
    own = next((one for one in frames if Path(one["file"]).is_relative_to(root)), frames[0])
    return f" in {own['name']} ({Path(own['file']).name}:{own['line']})"

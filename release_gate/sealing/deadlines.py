"""Enforces the declared time limits of the run and of each check: what exceeds one is killed and recorded."""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from release_gate.record.files import regular_content, sha256_of
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import Journal
from release_gate.record.records import STAGES
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Verdict

STACKS = "stacks.txt"
"""The file into which the judged process writes the stack of every thread when its time is over."""
ASKED_STACKS = "stacks_asked.txt"
"""The file into which it writes them once it is asked. It becomes STACKS: the watchdog may write there at that time."""
ASK: int | None = getattr(signal, "SIGRTMAX", None)
"""The signal that asks for the stacks where the watchdog has not written them: one that nothing else uses."""
LOOK_S = 0.25
POLL_S = 0.02
GRACE_S = 1.0
"""Seconds after the limit in which the judged process may write its stacks."""
ANSWERED_WITHIN_S = 10.0
"""Seconds in which a process that is asked for its stacks writes them: on a busy machine that may be several."""
FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<name>.+)')


@dataclass(frozen=True, slots=True)
class Overdue:
    """A test that exceeded its limit, or the whole run where `check` is empty.

    phase: the one that did not end. fixture: of a wider scope, which was being torn down. was_ended: False for a run
    that came to its end by itself, too late.
    """

    limit_s: float
    check: str = ""
    nodeid: str = ""
    phase: str = ""
    fixture: str = ""
    was_ended: bool = True

    def record(self, journal: Journal, folder: Path, root: Path) -> None:
        """Write into the journal that the check failed, with the stacks as evidence."""
        if not self.was_ended:
            what = f"the run took longer than its timeout_s = {self.limit_s:g}"
            journal.append("problem", verdict=Verdict.INCOMPLETE.value, code="TIMEOUT", message=what)
            return
        stacks = folder / STACKS
        where = _place(stacks, root)
        kept = f"the stack of every thread is in {STACKS}" if where else "its stack could not be taken"
        whose = self.check or "the run"
        what = f"{whose} took longer than its timeout_s = {self.limit_s:g} and was ended{where}; {kept}"
        if self.fixture:
            late = f"{self.fixture} did not come down within the timeout_s = {self.limit_s:g} of {whose}"
            what = f"{late} and was ended{where}; {kept}"
        if self.fixture or not self.check:
            journal.append("problem", verdict=Verdict.INCOMPLETE.value, code="TIMEOUT", message=what)
            self._end_check(journal)
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

    def _end_check(self, journal: Journal) -> None:
        """Write the end of a check after whose own teardown a fixture of a wider scope did not come down."""
        if self.fixture and self.check and self.phase == STAGES[-1]:
            journal.append("finished", nodeid=self.nodeid, passed_s={self.phase: 0.0})


class Deadlines:
    """Watches a run's journal from outside and kills the run once a limit is exceeded. overdue: the exceeded limit."""

    def __init__(self, declaration: Declaration, folder: Path) -> None:
        self.overdue: Overdue | None = None
        self._run_s = declaration.timeout_s
        self._limits = {check.id: check.timeout_s for check in declaration.checks if check.timeout_s is not None}
        self._journal, self._stacks, self._asked = folder / JOURNAL, folder / STACKS, folder / ASKED_STACKS
        self._read = 0
        self._began = time.monotonic()
        self._running: tuple[str, str, float, int] | None = None
        self._coming_down = ""

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """The exit code of the child, which is killed with its process group once a limit is exceeded."""
        if self._run_s is None and not self._limits:
            return child.wait()
        while self.overdue is None:
            with suppress(subprocess.TimeoutExpired):
                exit_code = child.wait(timeout=LOOK_S)
                self.overdue = self._late()
                self._asked.unlink(missing_ok=True)
                return exit_code
            self._look()
            self.overdue = self._exceeded()
        self._await_stacks(child.pid)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        exit_code = child.wait()
        if _is_written(self._asked):
            self._asked.replace(self._stacks)
        self._asked.unlink(missing_ok=True)
        return exit_code

    def _late(self) -> Overdue | None:
        """The run's limit, where a run that has ended by itself took longer."""
        if self._run_s is None or time.monotonic() - self._began <= self._run_s:
            return None
        return Overdue(self._run_s, was_ended=False)

    def _await_stacks(self, pid: int) -> None:
        """Ask a process for its stacks where its watchdog has not written them.

        A check may have ended the watchdog, or stopped the whole process (SIGSTOP), which is woken for it.
        """
        if _is_written(self._stacks):
            return
        until = time.monotonic() + ANSWERED_WITHIN_S
        ask_for_stacks(pid)
        while time.monotonic() < until and not _is_written(self._asked):
            time.sleep(POLL_S)
        time.sleep(LOOK_S)

    def _look(self) -> None:
        """Update the running check from the new events of the journal."""
        try:
            lines = regular_content(self._journal)[self._read :]
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
        elif kind in ("coming_down", "came_down"):
            self._coming_down = event["fixture"] if kind == "coming_down" else ""

    def _exceeded(self) -> Overdue | None:
        now = time.monotonic()
        if self._running is not None:
            check, nodeid, began, ended = self._running
            limit = self._limits.get(check)
            if limit is not None and now - began > limit + GRACE_S:
                return Overdue(limit, check, nodeid, STAGES[min(ended, 2)], self._coming_down)
        if self._run_s is not None and now - self._began > self._run_s + GRACE_S:
            return Overdue(self._run_s, fixture=self._coming_down)
        return None


def ask_for_stacks(pid: int) -> None:
    """Ask a judged process for the stack of every thread; one that is stopped is woken.

    The main thread is asked, where the system can ask one thread: it answers before it goes on from where it stopped.
    """
    with suppress(ProcessLookupError):
        if ASK is not None:
            to_thread = getattr(ctypes.CDLL(None), "tgkill", None)
            if to_thread is None:
                os.kill(pid, ASK)
            else:
                to_thread(pid, pid, int(ASK))
        os.kill(pid, signal.SIGCONT)


def _is_written(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


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

"""Processes that a run leaves behind: waited for, then killed, so that none changes its files after the verdict.

A process that leaves the run's process group (setsid) is found on Linux as well: when its parents have ended, the
kernel makes it a child of the supervisor (a subreaper). Elsewhere only the group is found.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

GRACE_S = 5.0
"""Seconds in which remaining processes may end by themselves."""
END_S = 5.0
"""Seconds until killed processes must have ended."""
POLL_S = 0.02
PR_SET_CHILD_SUBREAPER = 36
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    group: int
    name: str
    dead: bool


@contextmanager
def orphans_adopted() -> Iterator[None]:
    """Make orphaned descendants children of this process, where the system supports it."""
    _adopt(True)
    try:
        yield
    finally:
        _adopt(False)


def keep_child_exit_codes() -> None:
    """Restore the default SIGCHLD handling: where a parent ignored the signal, each child would seem to exit with 0."""
    with suppress(ValueError):  # in another thread than the main one
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def children() -> set[int]:
    """The current children of this process."""
    return {one.pid for one in _processes() if one.parent == os.getpid()}


def end_survivors(group: int, *, own: set[int]) -> list[str]:
    """Wait for the rest of a group and the adopted orphans, then kill them; returns their names.

    own: children of this process that are not part of the run.
    """
    left = _waited_for(group, own, GRACE_S)
    ended = sorted(f"{one.name} ({one.pid})" for one in left)
    for _ in range(3):  # a killed process may have started another before its end
        if not left:
            break
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        for one in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(one.pid, signal.SIGKILL)
        left = _waited_for(group, own, END_S)
    return ended


def _waited_for(group: int, own: set[int], limit_s: float) -> list[_Process]:
    """The processes that remain after at most this many seconds."""
    until = time.monotonic() + limit_s
    while (left := _left(group, own)) and time.monotonic() < until:
        time.sleep(POLL_S)
    return left


def _left(group: int, own: set[int]) -> list[_Process]:
    """Living processes of the group, and descendants of this process except the children in `own`."""
    if not PROC.is_dir():
        return _of_group_alone(group)
    processes = _processes()
    me = os.getpid()
    below = {one.pid for one in processes if one.parent == me and one.pid not in own}
    for pid in below:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    found = set(below)
    while found:
        found = {one.pid for one in processes if one.parent in found} - below
        below |= found
    return [one for one in processes if (one.pid in below or one.group == group) and not one.dead]


def _processes() -> list[_Process]:
    found = []
    for path in PROC.glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            before, _, after = path.read_text("utf-8", "replace").rpartition(")")
            state, parent, group, *_ = after.split()
            pid, _, name = before.partition(" (")
            found.append(_Process(int(pid), int(parent), int(group), name, state in "ZX"))
    return found


def _of_group_alone(group: int) -> list[_Process]:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return []
    except PermissionError:
        pass
    return [_Process(group, 0, group, "process group", False)]


def _adopt(wanted: bool) -> None:
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0)

"""Processes that a run leaves behind: waited for, then ended, so that nobody changes its files after it is judged.

A process that leaves the run's group (setsid) is found on Linux all the same: once its parents are gone, the kernel
gives it to the supervisor, which has asked for such orphans. Elsewhere the group alone is seen.
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
"""So long may what is left end by itself."""
END_S = 5.0
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
    """Orphans among the descendants become this process' children, where the system can do that."""
    _adopt(True)
    try:
        yield
    finally:
        _adopt(False)


def children() -> set[int]:
    """The children that this process has now."""
    return {one.pid for one in _processes() if one.parent == os.getpid()}


def end_survivors(group: int, *, own: set[int]) -> list[str]:
    """Wait for what is left of a group and of the adopted orphans, then end it; returns the names of what was ended.

    own: children of this process that have nothing to do with the run.
    """
    left = _waited_for(group, own, GRACE_S)
    ended = sorted(f"{one.name} ({one.pid})" for one in left)
    for _ in range(3):  # what is ended may have started another meanwhile
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
    """The processes that are left after at most so long."""
    until = time.monotonic() + limit_s
    while (left := _left(group, own)) and time.monotonic() < until:
        time.sleep(POLL_S)
    return left


def _left(group: int, own: set[int]) -> list[_Process]:
    """Living processes of the group, and the descendants of this process that are not its own."""
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

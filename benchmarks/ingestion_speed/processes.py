"""Reads processes from Linux's /proc: families, processor time, memory. Elsewhere the answer is None, never 0."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.ingestion_speed.figures import NotMeasured

PROC = Path("/proc")
KIB = 1024
PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)
PARENT, OWN_AND_WAITED_TICKS = 1, slice(11, 15)
"""Fields of /proc/PID/stat behind the command's name: ppid; utime, stime, cutime, cstime (man 5 proc)."""


def has_proc() -> bool:
    """True if this system shows each process's proportional set size."""
    return (PROC / "self" / "smaps_rollup").exists()


def pss_bytes(smaps_rollup: str) -> int:
    """Proportional set size in bytes: private pages, and each shared page divided by those who map it.

    A process that is ending has no memory left and no such line: 0.
    """
    found = PSS.search(smaps_rollup)
    return int(found[1]) * KIB if found else 0


def stat_fields(stat: str) -> list[str]:
    """The fields of /proc/PID/stat that follow the command's name, which may itself hold blanks and brackets."""
    return stat.rpartition(")")[2].split()


def family(roots: Iterable[int], parents: Mapping[int, int]) -> set[int]:
    """The roots that exist and all their descendants; `parents` gives each process's parent."""
    children: dict[int, list[int]] = {}
    for process, parent in parents.items():
        children.setdefault(parent, []).append(process)
    found: set[int] = set()
    waiting = [root for root in roots if root in parents]
    while waiting:
        process = waiting.pop()
        if process not in found:
            found.add(process)
            waiting += children.get(process, [])
    return found


def parents() -> dict[int, int]:
    """Each running process's parent."""
    found = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (stat := _text(int(entry.name), "stat")):
            found[int(entry.name)] = int(stat_fields(stat)[PARENT])
    return found


def memory_of(processes: Iterable[int]) -> int:
    """Sum of the processes' proportional set sizes, in bytes.

    Raises NotMeasured when one may not be looked at: a sum without it would be too small.
    """
    try:
        return sum(pss_bytes(_text(process, "smaps_rollup")) for process in processes)
    except PermissionError as error:
        raise NotMeasured(f"the memory of another account's process may not be read: {error.filename}") from error


def cpu_s(root: int) -> float | None:
    """Processor seconds of a process, its living descendants, and those that were waited for; None without /proc."""
    if not has_proc():
        return None
    ticks = 0
    for process in family([root], parents()):
        if stat := _text(process, "stat"):
            ticks += sum(map(int, stat_fields(stat)[OWN_AND_WAITED_TICKS]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _text(process: int, name: str) -> str:
    """A file of a process; empty when the process has ended."""
    try:
        return (PROC / str(process) / name).read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""

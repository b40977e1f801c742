"""Processor time of processes, as the Linux kernel counts it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def tree_seconds(root: int) -> float | None:
    """Processor seconds of a process and its descendants; None where the kernel reports none, or it has ended."""
    try:
        ticks = ticks_of(root)
    except OSError:
        return None
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else None


def ticks_of(root: int, and_named: str | None = None) -> int:
    """Clock ticks of a process and all below it, ended children included. Raises OSError without /proc.

    and_named: every process whose name begins so counts as well.
    """
    processes = list(_processes())
    members = _below(root, {pid: parent for pid, _, parent, _ in processes})
    return sum(
        ticks
        for pid, name, _, ticks in processes
        if pid in members or (and_named is not None and name.startswith(and_named))
    )


def _below(root: int, parents: dict[int, int]) -> set[int]:
    """A process and its descendants."""
    members, grew = {root}, True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in members} - members
        grew = bool(more)
        members |= more
    return members


def _processes() -> Iterator[tuple[int, str, int, int]]:
    """Id, name, parent and ticks of each process; the ticks include those of its ended children."""
    for entry in PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            line = (entry / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it ended meanwhile
        name, _, rest = line.partition("(")[2].rpartition(") ")
        fields = rest.split()
        yield int(entry.name), name, int(fields[1]), sum(int(ticks) for ticks in fields[11:15])

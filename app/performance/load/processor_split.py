"""Processor time of this machine, split into the system under test and other work.

A latency is the service's own only while the service can have the processors. The system under test is every process
below this one (the served API, its database, the load generator) and every PostgreSQL server process. Other processes,
and time taken by the hypervisor (steal), are other work. Only Linux has these figures; elsewhere they are None.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from app.performance.slo.slo_judgement import Doubt
from app.processor_time import ticks_of

STAT = Path("/proc/stat")
SERVER = "postgres"
"""The process name of PostgreSQL's servers."""
BUSY_RATIO, OVERLOADED_RATIO = 0.25, 0.5
"""Shares of other work: above the first a missed target does not count, above the second nothing is judged."""
LEAST_S = 0.2
"""The kernel counts in hundredths of a second: a share of less time than this is noise."""


@dataclass(frozen=True, slots=True)
class Times:
    """Processor seconds since the machine started, over the processors that this process may use, and the clock."""

    at: float
    total_s: float
    idle_s: float
    steal_s: float
    ours_s: float


@dataclass(frozen=True, slots=True)
class MachineLoad:
    """Use of the processors over a span, as ratios of all processor time.

    load_1min: processes that ran or waited to run, at the end. None: the system does not report it.
    """

    seconds: float
    processors: int
    load_1min: float | None
    ours_ratio: float | None
    other_ratio: float | None
    steal_ratio: float | None

    @property
    def sentence(self) -> str:
        """The figures as a sentence."""
        if self.other_ratio is None or self.ours_ratio is None:
            return f"{self.processors} processors, load {self.load_1min}"
        return (
            f"other work had {self.other_ratio:.0%} of {self.processors} processors (of that {self.steal_ratio:.0%} "
            f"taken by the hypervisor), the system under test {self.ours_ratio:.0%}; load {self.load_1min}"
        )

    @property
    def is_known_quiet(self) -> bool:
        """True if other work is known to have left the processors to the service."""
        return self.other_ratio is not None and self.other_ratio < BUSY_RATIO

    def doubt(self) -> Doubt | None:
        """The reason not to trust a time measured in this span; None if there is none, or nothing is known."""
        if self.other_ratio is None or self.other_ratio < BUSY_RATIO:
            return None
        is_overloaded = self.other_ratio >= OVERLOADED_RATIO
        reason = f"the machine was too busy to judge on: {self.sentence}. Run it again when the machine is quiet"
        return Doubt(reason, met_stands=not is_overloaded)


def processors() -> int:
    """Processors that this process may use."""
    return len(_usable()) or os.cpu_count() or 1


def read_times() -> Times | None:
    """The kernel's counters; None where it has none."""
    try:
        rows = [line.split() for line in STAT.read_text(encoding="ascii").splitlines()]
        tick_s = 1 / os.sysconf("SC_CLK_TCK")
        usable = {f"cpu{number}" for number in _usable()}
        spent = [[int(figure) for figure in row[1:9]] for row in rows if row[0] in usable]
        ours = ticks_of(os.getpid(), and_named=SERVER)
    except (OSError, ValueError, IndexError):
        return None
    if not spent or any(len(figures) < 8 for figures in spent):
        return None
    columns = [sum(column) * tick_s for column in zip(*spent, strict=True)]
    _, _, _, idle, iowait, _, _, steal = columns
    return Times(monotonic(), sum(columns), idle + iowait, steal, ours * tick_s)


def load_between(before: Times | None, after: Times | None) -> MachineLoad:
    """The load of a span; its ratios are None where one end is unknown or the span is too short."""
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    seconds = after.at - before.at if before and after else 0.0
    if before is None or after is None or seconds < LEAST_S or after.total_s <= before.total_s:
        return MachineLoad(round(seconds, 3), processors(), load, None, None, None)
    total = after.total_s - before.total_s
    ours = max(0.0, after.ours_s - before.ours_s)
    used = total - max(0.0, after.idle_s - before.idle_s)  # steal included
    other = min(1.0, max(0.0, (used - ours) / total))
    steal = min(1.0, max(0.0, (after.steal_s - before.steal_s) / total))
    ratios = (round(ratio, 3) for ratio in (min(1.0, ours / total), other, steal))
    return MachineLoad(round(seconds, 3), processors(), load, *ratios)


def _usable() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()

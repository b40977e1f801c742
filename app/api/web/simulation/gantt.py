"""Executions of a simulated schedule as bars on one axis of time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.api.web.timeline import LEAST_WIDTH, Timeline
from app.planning.simulation.simulated_schedule import ScheduledExecution


@dataclass(frozen=True, slots=True)
class GanttBar:
    """One execution with place and width of its bar, in percent of the axis."""

    execution: ScheduledExecution
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Gantt:
    """An axis from the first start to the last end, and the bars by start."""

    start: dt.datetime
    end: dt.datetime
    bars: list[GanttBar]


def gantt_of(executions: Sequence[ScheduledExecution]) -> Gantt | None:
    """The bars of the executions that lie within the calendar; None without any."""
    timed = [(one, one.starts_at, one.ends_at) for one in executions if one.starts_at and one.ends_at]
    known = [(one, start, end) for one, start, end in timed if start is not None and end is not None]
    if not known:
        return None
    axis = Timeline(min(start for _, start, _ in known), max(end for _, _, end in known))
    return Gantt(axis.start, axis.end, [_bar(axis, *one) for one in known])


def _bar(axis: Timeline, execution: ScheduledExecution, start: dt.datetime, end: dt.datetime) -> GanttBar:
    first = axis.place(start)
    width = max(axis.place(end) - first, LEAST_WIDTH)
    return GanttBar(execution, min(first, 100 - width), width)

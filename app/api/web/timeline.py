"""The phases of an order as bars on one axis of time, in percent of its width."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from app.planning.orders import OrderDetail, OrderPhase

LEAST_WIDTH = 0.6
"""A phase of minutes among months must still be seen."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """An axis from the first event of an order to its last, or to as_of while it is open."""

    start: dt.datetime
    end: dt.datetime

    def place(self, at: dt.datetime) -> float:
        """The place of a moment, 0 to 100."""
        span = (self.end - self.start).total_seconds()
        return max(0.0, min(100.0, 100 * (at - self.start).total_seconds() / span)) if span > 0 else 0.0

    def bar(self, phase: OrderPhase) -> tuple[float, float] | None:
        """Place and width of the phase's bar; None before it began. A phase in process lasts to the end."""
        began = phase.started_at or phase.finished_at
        if began is None:
            return None
        first, last = self.place(began), self.place(phase.finished_at or self.end)
        width = max(last - first, LEAST_WIDTH)
        return min(first, 100 - width), width


def timeline_of(order: OrderDetail, as_of: dt.datetime | None) -> Timeline:
    """The axis on which every event of the order lies, its transport day too."""
    moments = [order.created_at, *_known([order.completed_at, order.transport_at])]
    moments += _known(moment for phase in order.phases for moment in (phase.started_at, phase.finished_at))
    if order.completed_at is None:
        moments += _known([as_of])
    return Timeline(min(moments), max(moments))


def _known(moments: Iterable[dt.datetime | None]) -> list[dt.datetime]:
    return [moment for moment in moments if moment is not None]

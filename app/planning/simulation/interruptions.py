"""Times in which a phase does not work, or not at all of its places. Pure. Definitions: docs/kpis.md, "What if"."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

Span = tuple[int, int]
"""Start and end in working seconds; the end is after the start."""


class Loss(NamedTuple):
    """Places of a phase that are out of use for a time, in working seconds."""

    start_s: int
    end_s: int
    places: int


class Interruptions:
    """One phase's stops, in which it does not work at all, and its losses of places, which do not overlap."""

    __slots__ = ("_starts", "losses", "stops")

    def __init__(self, stops: Iterable[Span] = (), losses: Iterable[Loss] = ()) -> None:
        self.stops = joined(stops)
        self.losses = tuple(sorted(losses))
        self._starts = [start for start, _ in self.stops]

    def is_stopped(self, at_s: int) -> bool:
        """True from the start of a stop until before its end."""
        place = bisect_right(self._starts, at_s) - 1
        return place >= 0 and at_s < self.stops[place][1]

    def end_after(self, start_s: int, duration_s: int) -> int:
        """The end of work that starts then, takes so long and rests during the stops."""
        if not duration_s:
            return start_s
        place = max(bisect_right(self._starts, start_s) - 1, 0)
        for stop_s, again_s in self.stops[place:]:
            if again_s <= start_s:
                continue
            if start_s + duration_s <= stop_s:
                break
            duration_s -= max(stop_s - start_s, 0)
            start_s = again_s
        return start_s + duration_s

    def worked(self, since_s: int, until_s: int) -> int:
        """Seconds between two moments in which the phase works; 0 where the second is not later."""
        rested = sum(max(min(end, until_s) - max(start, since_s), 0) for start, end in self.stops)
        return max(until_s - since_s, 0) - rested


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch or overlap joined into one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return tuple(found)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The rest of the spans without those that are taken."""
    left = list(joined(spans))
    for start, end in joined(taken):
        left = [
            part
            for one in left
            for part in ((one[0], min(one[1], start)), (max(one[0], end), one[1]))
            if part[0] < part[1]
        ]
    return left

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
        for place in range(max(bisect_right(self._starts, start_s) - 1, 0), len(self.stops)):
            stop_s, again_s = self.stops[place]
            if again_s <= start_s:
                continue
            if start_s + duration_s <= stop_s:
                break
            duration_s -= max(stop_s - start_s, 0)
            start_s = again_s
        return start_s + duration_s

    def worked(self, since_s: int, until_s: int) -> int:
        """Seconds between two moments in which the phase works; 0 where the second is not later."""
        rested = 0
        for place in range(max(bisect_right(self._starts, since_s) - 1, 0), len(self.stops)):
            start, end = self.stops[place]
            if start >= until_s:
                break
            rested += max(min(end, until_s) - max(start, since_s), 0)
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
    left, gone, place = [], joined(taken), 0
    for start, end in joined(spans):
        while place and gone[place - 1][1] > start:
            place -= 1
        while place < len(gone) and gone[place][0] < end:
            if gone[place][1] > start:
                left.append((start, gone[place][0]))
                start = gone[place][1]
            place += 1
        left.append((start, end))
    return [one for one in left if one[0] < one[1]]

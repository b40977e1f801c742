"""A deterministic dispatch of jobs through phases of limited capacity. Pure: no clock, no chance, no database.

Time runs in whole working seconds from 0. A phase has a number of places. A job holds one for the duration of its
operation, and its operations follow each other. No place stays free while a job waits for it (a non-delay schedule):
whenever places and jobs meet, the rule decides which jobs go first. A job in process keeps the place that it has, even
where there are more of them than places.

A phase may be interrupted. While it is stopped, nothing starts in it, and work in process rests in its place. While it
loses places, the free ones are lost first; for those that they do not suffice for, the executions rest that began last.

More capacity at one phase may delay an order, and even all of them (Graham's anomaly), because jobs reach the next
phase in another order. Invariants are tested in tests/unit/planning/test_dispatch.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from app.features.calendar import DAY_S
from app.planning.simulation.interruptions import Interruptions, Loss, Span


class Rule(StrEnum):
    """The order in which jobs start: longest wait, earliest due date, shortest work, or least slack first."""

    FIFO = "FIFO"
    EDD = "EDD"
    SPT = "SPT"
    SLACK = "SLACK"


class Precedence(IntEnum):
    """Classes of jobs: all of one start before all of the next, whatever the rule."""

    RUSH = 0
    VIP = 1
    USUAL = 2


class Operation(NamedTuple):
    """One execution of a phase; its duration in seconds, 0 or more."""

    phase_id: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Job:
    """An order's operations in the order in which they must be done; at least one.

    waiting_since_s: when it came to its first operation, in seconds from now, so 0 or less.
    due_day: any day number that is lower for earlier days; None: nothing is due, which comes last.
    in_process: its first operation has begun, so that it holds a place from 0 on.
    """

    work_order_id: int
    operations: tuple[Operation, ...]
    waiting_since_s: int = 0
    due_day: int | None = None
    in_process: bool = False
    precedence: Precedence = Precedence.USUAL


class Execution(NamedTuple):
    """One operation as dispatched; `place` counts the job's operations from 0. Times in seconds from now.

    rests: when it rested because its place was lost; the phase's stops are not among them.
    """

    work_order_id: int
    place: int
    phase_id: int
    started_s: int
    finished_s: int
    rests: tuple[Span, ...] = ()


Waiting = tuple[tuple[int, ...], int, Job]
"""Priority, which ends with the order's number and so is never equal; place; job."""
UNINTERRUPTED: Mapping[int, Interruptions] = {}
GAINED, WORKS_AGAIN, LOST = range(3)
"""Changes of a phase, in the order in which those of one moment take place."""


def dispatch(
    jobs: Iterable[Job],
    capacities: Mapping[int, int],
    rule: Rule,
    interruptions: Mapping[int, Interruptions] = UNINTERRUPTED,
) -> list[Execution]:
    """Schedule each operation of each job once, in the order of their starts. Time: O(n log n) of the operations.

    jobs: each order once; in which order they are given does not matter. capacities: places of each phase that an
    operation needs, 1 or more. interruptions: by phase. Equal priority: the longer wait, then the lower order number.
    Raises KeyError for a phase without capacity.
    """
    floor = _Floor(capacities, rule, interruptions)
    for job in sorted(jobs, key=lambda one: one.work_order_id):
        floor.receive(job)
    for queue in floor.queues.values():
        heapify(queue)
    now: int | None = 0
    touched = set(floor.queues)
    floor.change(0, touched)
    while now is not None:
        for phase_id in sorted(touched):
            floor.start(phase_id, now)
        now = floor.next_moment()
        if now is not None:
            # All that ends at this moment ends before anything starts, or the rule would not see all who wait.
            touched = floor.end(now)
            floor.change(now, touched)
    return floor.done


class _Floor:
    """State of a dispatch.

    running: a heap of ends; an end that was put off stands in it twice, and `ends` has the one that counts. changes: a
    heap of (moment, kind, phase, places or index of the loss).
    """

    def __init__(self, capacities: Mapping[int, int], rule: Rule, interruptions: Mapping[int, Interruptions]) -> None:
        self.rule, self.interruptions = rule, {key: one for key, one in interruptions.items() if key in capacities}
        self.free = dict(capacities)
        self.queues: dict[int, list[Waiting]] = {phase_id: [] for phase_id in capacities}
        self.running: list[tuple[int, int, int, Job]] = []
        self.ends: dict[int, int] = {}
        self.done: list[Execution] = []
        self.index: dict[int, int] = {}
        self.changes: list[tuple[int, int, int, int]] = []
        for phase_id, one in self.interruptions.items():
            self.changes += [(end, WORKS_AGAIN, phase_id, 0) for _, end in one.stops]
            self.changes += [(loss.start_s, LOST, phase_id, place) for place, loss in enumerate(one.losses)]
        heapify(self.changes)

    def receive(self, job: Job) -> None:
        """Put a job where it stands at second 0."""
        phase_id = job.operations[0].phase_id
        if job.in_process:
            self._begin(job, 0, 0)
        else:
            self.queues[phase_id].append((_priority(self.rule, job, 0, job.waiting_since_s), 0, job))

    def start(self, phase_id: int, now: int) -> None:
        """Start what waits, as far as there are places."""
        queue, own = self.queues[phase_id], self.interruptions.get(phase_id)
        if own is not None and own.is_stopped(now):
            return
        while queue and self.free[phase_id] > 0:
            _, place, job = heappop(queue)
            self._begin(job, place, now)

    def _begin(self, job: Job, place: int, now: int) -> None:
        phase_id, duration_s = job.operations[place]
        own = self.interruptions.get(phase_id)
        finished = now + duration_s if own is None else own.end_after(now, duration_s)
        self.free[phase_id] -= 1
        self.index[job.work_order_id], self.ends[job.work_order_id] = len(self.done), finished
        self.done.append(Execution(job.work_order_id, place, phase_id, now, finished))
        heappush(self.running, (finished, job.work_order_id, place, job))

    def next_moment(self) -> int | None:
        """The next moment at which something ends or changes; None: nothing is left to do."""
        while self.running and self.ends.get(self.running[0][1]) != self.running[0][0]:
            heappop(self.running)
        moments = [heap[0][0] for heap in (self.running, self.changes) if heap]
        return min(moments, default=None)

    def end(self, now: int) -> set[int]:
        """End all that ends at this moment; the phases that have a place or a job more."""
        touched = set()
        while self.running and self.running[0][0] == now:
            _, work_order_id, place, job = heappop(self.running)
            if self.ends.get(work_order_id) != now:
                continue
            del self.ends[work_order_id]
            left = job.operations[place].phase_id
            self.free[left] += 1
            touched.add(left)
            if place + 1 < len(job.operations):
                following = job.operations[place + 1].phase_id
                heappush(self.queues[following], (_priority(self.rule, job, place + 1, now), place + 1, job))
                touched.add(following)
        return touched

    def change(self, now: int, touched: set[int]) -> None:
        """Make the changes of this moment; adds phases that have places again to `touched`."""
        while self.changes and self.changes[0][0] <= now:
            _, kind, phase_id, number = heappop(self.changes)
            if kind == LOST:
                self._lose(phase_id, self.interruptions[phase_id].losses[number], now)
                continue
            if kind == GAINED:
                self.free[phase_id] += number
            touched.add(phase_id)

    def _lose(self, phase_id: int, loss: Loss, now: int) -> None:
        here = [
            one
            for one in self.running
            if one[3].operations[one[2]].phase_id == phase_id and self.ends.get(one[1]) == one[0]
        ]
        # At second 0 work of no duration has not left its place yet: that one counts as free.
        free = self.free[phase_id] + sum(end == now for end, *_ in here)
        lost = min(max(free, 0), loss.places)
        self.free[phase_id] -= lost
        heappush(self.changes, (loss.end_s, GAINED, phase_id, lost))
        begun = [
            (job.waiting_since_s if job.in_process and not place else self.done[self.index[number]].started_s, number)
            for end, number, place, job in here
            if end > now
        ]
        resting = {number for _, number in sorted(begun, reverse=True)[: loss.places - lost]}
        for _, number, place, job in [one for one in self.running if one[1] in resting and one[0] == self.ends[one[1]]]:
            self._rest(number, place, job, loss, now)

    def _rest(self, number: int, place: int, job: Job, loss: Loss, now: int) -> None:
        one = self.done[self.index[number]]
        own = self.interruptions[one.phase_id]
        finished = own.end_after(loss.end_s, own.worked(now, one.finished_s))
        rests = (*one.rests, (now, loss.end_s))
        self.done[self.index[number]] = one._replace(finished_s=finished, rests=rests)
        if finished > self.ends[number]:
            self.ends[number] = finished
            heappush(self.running, (finished, number, place, job))


def _priority(rule: Rule, job: Job, place: int, since_s: int) -> tuple[int, ...]:
    """Lowest first: who goes first, the rule's own figure, the arrival at the phase, the order's number."""
    return (job.precedence, *_own_figure(rule, job, place), since_s, job.work_order_id)


def _own_figure(rule: Rule, job: Job, place: int) -> tuple[int, ...]:
    if rule is Rule.FIFO:
        return ()
    if rule is Rule.SPT:
        return (job.operations[place].duration_s,)
    if job.due_day is None:
        return (True, 0)
    if rule is Rule.EDD:
        return (False, job.due_day)
    return (False, job.due_day * DAY_S - sum(one.duration_s for one in job.operations[place:]))

"""A deterministic dispatch of jobs through phases of limited capacity. Pure: no clock, no chance, no database.

Time runs in whole working seconds from 0. A phase has a number of places. A job holds one for the duration of its
operation, without interruption, and its operations follow each other. No place stays free while a job waits for it (a
non-delay schedule): whenever places and jobs meet, the rule decides which jobs go first. A job in process keeps the
place that it has, even where there are more of them than places.

More capacity at one phase may delay an order, and even all of them (Graham's anomaly), because jobs reach the next
phase in another order. Invariants are tested in tests/unit/planning/test_dispatch.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from app.features.calendar import DAY_S


class Rule(StrEnum):
    """The order in which jobs start: longest wait, earliest due date, shortest work, or least slack first."""

    FIFO = "FIFO"
    EDD = "EDD"
    SPT = "SPT"
    SLACK = "SLACK"


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
    goes_first: it starts before all others that do not, whatever the rule.
    """

    work_order_id: int
    operations: tuple[Operation, ...]
    waiting_since_s: int = 0
    due_day: int | None = None
    in_process: bool = False
    goes_first: bool = False


class Execution(NamedTuple):
    """One operation as dispatched; `place` counts the job's operations from 0. Times in seconds from now."""

    work_order_id: int
    place: int
    phase_id: int
    started_s: int
    finished_s: int


Waiting = tuple[tuple[int, ...], int, Job]
"""Priority, which ends with the order's number and so is never equal; place; job."""


def dispatch(jobs: Iterable[Job], capacities: Mapping[int, int], rule: Rule) -> list[Execution]:
    """Every operation of every job once, in the order of their starts. Time: O(n log n) of the operations.

    jobs: each order once; in which order they are given does not matter. capacities: places of each phase that an
    operation needs, 1 or more. Equal priority: the longer wait, then the lower order number. Raises KeyError for a
    phase without capacity.
    """
    free = dict(capacities)
    queues: dict[int, list[Waiting]] = {phase_id: [] for phase_id in capacities}
    running: list[tuple[int, int, int, Job]] = []
    done: list[Execution] = []
    for job in sorted(jobs, key=lambda one: one.work_order_id):
        phase_id, duration_s = job.operations[0]
        if job.in_process:
            free[phase_id] -= 1
            done.append(Execution(job.work_order_id, 0, phase_id, 0, duration_s))
            heappush(running, (duration_s, job.work_order_id, 0, job))
        else:
            queues[phase_id].append((_priority(rule, job, 0, job.waiting_since_s), 0, job))
    for queue in queues.values():
        heapify(queue)
    now, touched = 0, set(queues)
    while True:
        for phase_id in sorted(touched):
            while free[phase_id] > 0 and queues[phase_id]:
                (*_, work_order_id), place, job = heappop(queues[phase_id])
                free[phase_id] -= 1
                finished = now + job.operations[place].duration_s
                done.append(Execution(work_order_id, place, phase_id, now, finished))
                heappush(running, (finished, work_order_id, place, job))
        if not running:
            return done
        now, touched = running[0][0], set()
        # All that ends at this moment ends before anything starts, or the rule would not see all who wait.
        while running and running[0][0] == now:
            _, _, place, job = heappop(running)
            left = job.operations[place].phase_id
            free[left] += 1
            touched.add(left)
            if place + 1 < len(job.operations):
                following = job.operations[place + 1].phase_id
                heappush(queues[following], (_priority(rule, job, place + 1, now), place + 1, job))
                touched.add(following)


def _priority(rule: Rule, job: Job, place: int, since_s: int) -> tuple[int, ...]:
    """Lowest first: who goes first, the rule's own figure, the arrival at the phase, the order's number."""
    return (not job.goes_first, *_own_figure(rule, job, place), since_s, job.work_order_id)


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

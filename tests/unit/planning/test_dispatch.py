"""The dispatch keeps its rules for every shop, rule and capacity; docs/kpis.md, "What if"."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.simulation.dispatch import Execution, Job, Operation, Precedence, Rule, dispatch

PHASES = (1, 2, 3)
rules = st.sampled_from(Rule)
operations = st.builds(Operation, st.sampled_from(PHASES), st.integers(0, 6))


@dataclass(frozen=True)
class Shop:
    """Jobs and the places of each phase."""

    jobs: tuple[Job, ...]
    capacities: dict[int, int]

    def run(self, rule: Rule) -> list[Execution]:
        return dispatch(self.jobs, self.capacities, rule)

    def places(self, phase: int) -> int:
        """Most operations at once: the capacity, or the operations in process at the start."""
        return max(self.capacities[phase], sum(job.in_process and job.operations[0][0] == phase for job in self.jobs))


@st.composite
def shops(draw: st.DrawFn, most_operations: int = 4) -> Shop:
    numbers = draw(st.lists(st.integers(1, 99), max_size=9, unique=True))
    jobs = [
        Job(
            number,
            tuple(draw(st.lists(operations, min_size=1, max_size=most_operations))),
            waiting_since_s=draw(st.integers(-5, 0)),
            due_day=draw(st.none() | st.integers(0, 5)),
            in_process=draw(st.booleans()),
            precedence=draw(st.sampled_from(Precedence)),
        )
        for number in numbers
    ]
    return Shop(tuple(jobs), {phase: draw(st.integers(1, 3)) for phase in PHASES})


def completions(found: list[Execution]) -> dict[int, int]:
    return {one.work_order_id: one.finished_s for one in found}


def arrivals(shop: Shop, found: list[Execution]) -> dict[tuple[int, int], int]:
    """The end of each operation's predecessor, by order and place; for a first one 0 or earlier."""
    arrived = {(job.work_order_id, 0): job.waiting_since_s for job in shop.jobs}
    return arrived | {(one.work_order_id, one.place + 1): one.finished_s for one in found}


@given(shops(), rules)
def test_every_operation_is_done_once_for_its_whole_duration(shop: Shop, rule: Rule) -> None:
    expected = {
        (job.work_order_id, place): operation for job in shop.jobs for place, operation in enumerate(job.operations)
    }
    found = shop.run(rule)
    assert len(found) == len(expected)
    assert {(one.work_order_id, one.place): (one.phase_id, one.finished_s - one.started_s) for one in found} == expected


@given(shops(), rules)
def test_no_operation_starts_before_its_predecessor_has_ended(shop: Shop, rule: Rule) -> None:
    found = shop.run(rule)
    arrived = arrivals(shop, found)
    assert all(one.started_s >= max(0, arrived[one.work_order_id, one.place]) for one in found)


@given(shops(), rules)
def test_capacity_is_never_exceeded_and_nobody_waits_for_a_free_place(shop: Shop, rule: Rule) -> None:
    found = shop.run(rule)
    arrived = arrivals(shop, found)
    for moment in sorted({one.started_s for one in found} | {one.finished_s for one in found}):
        for phase, capacity in shop.capacities.items():
            here = [one for one in found if one.phase_id == phase]
            busy = sum(one.started_s <= moment < one.finished_s for one in here)
            waits = any(arrived[one.work_order_id, one.place] <= moment < one.started_s for one in here)
            assert busy <= shop.places(phase)
            assert not waits or busy >= capacity


@given(shops(), rules)
def test_work_in_process_keeps_its_place(shop: Shop, rule: Rule) -> None:
    started = {one.work_order_id: one.started_s for one in shop.run(rule) if one.place == 0}
    assert all(started[job.work_order_id] == 0 for job in shop.jobs if job.in_process)


def test_nothing_begins_while_more_is_in_process_than_there_are_places() -> None:
    jobs = (
        Job(1, (Operation(1, 4),), in_process=True),
        Job(2, (Operation(1, 6),), in_process=True),
        Job(3, (Operation(1, 1),), waiting_since_s=-9),
    )
    assert completions(dispatch(jobs, {1: 1}, Rule.SPT)) == {1: 4, 2: 6, 3: 7}


@given(shops(), rules)
def test_whoever_starts_goes_before_all_who_were_waiting_by_the_rule(shop: Shop, rule: Rule) -> None:
    found, jobs = shop.run(rule), {job.work_order_id: job for job in shop.jobs}
    arrived = arrivals(shop, found)

    def turn(one: Execution) -> tuple[float, ...]:
        job, since = jobs[one.work_order_id], arrived[one.work_order_id, one.place]
        due = float("inf") if job.due_day is None else job.due_day
        left = sum(operation.duration_s for operation in job.operations[one.place :])
        own = {
            Rule.FIFO: (),
            Rule.EDD: (due,),
            Rule.SPT: (one.finished_s - one.started_s,),
            Rule.SLACK: (due * 86_400 - left,),
        }[rule]
        return (job.precedence, *own, since, one.work_order_id)

    for one in (begun for begun in found if begun.place or not jobs[begun.work_order_id].in_process):
        for other in found:
            waited = arrived[other.work_order_id, other.place] < one.started_s < other.started_s
            if waited and other.phase_id == one.phase_id:
                assert turn(one) < turn(other)


@given(shops(), rules, st.randoms(use_true_random=False))
def test_the_order_in_which_jobs_are_given_does_not_matter(shop: Shop, rule: Rule, chance: object) -> None:
    shuffled = list(shop.jobs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert dispatch(shuffled, shop.capacities, rule) == shop.run(rule)


@given(shops(), rules)
def test_no_schedule_beats_the_work_itself(shop: Shop, rule: Rule) -> None:
    """An order takes at least its own durations, a phase at least its work over its places."""
    done = completions(shop.run(rule))
    load: dict[int, int] = defaultdict(int)
    for job in shop.jobs:
        assert done[job.work_order_id] >= sum(one.duration_s for one in job.operations)
        for one in job.operations:
            load[one.phase_id] += one.duration_s
    assert all(max(done.values()) >= ceil(work / shop.places(phase)) for phase, work in load.items())


@given(shops(), rules)
def test_with_a_place_for_everybody_nobody_waits(shop: Shop, rule: Rule) -> None:
    roomy = dispatch(shop.jobs, dict.fromkeys(PHASES, len(shop.jobs) or 1), rule)
    assert completions(roomy) == {job.work_order_id: sum(one.duration_s for one in job.operations) for job in shop.jobs}


@given(shops(most_operations=1), rules, st.sampled_from(PHASES))
def test_more_places_delay_no_start_where_every_order_has_one_phase_left(shop: Shop, rule: Rule, phase: int) -> None:
    more = dispatch(shop.jobs, shop.capacities | {phase: shop.capacities[phase] + 1}, rule)
    before = {one.work_order_id: one.started_s for one in shop.run(rule)}
    assert all(one.started_s <= before[one.work_order_id] for one in more)


def test_more_places_may_delay_the_whole_where_orders_have_several_phases_left() -> None:
    """Graham's anomaly: why no more is promised than the test above."""
    jobs = (
        Job(1, (Operation(2, 1),)),
        Job(2, (Operation(1, 2), Operation(2, 2), Operation(1, 3))),
        Job(3, (Operation(1, 1), Operation(2, 5))),
    )
    ends = [max(completions(dispatch(jobs, {1: places, 2: 1}, Rule.FIFO)).values()) for places in (1, 2)]
    assert ends == [9, 11]


@pytest.mark.parametrize(("rule", "first"), [(Rule.FIFO, 3), (Rule.EDD, 2), (Rule.SPT, 1)])
def test_each_rule_has_its_own_first(rule: Rule, first: int) -> None:
    jobs = (
        Job(1, (Operation(1, 1),), waiting_since_s=-1),
        Job(2, (Operation(1, 2),), waiting_since_s=-2, due_day=7),
        Job(3, (Operation(1, 3),), waiting_since_s=-3, due_day=8),
        Job(4, (Operation(1, 3),), waiting_since_s=-3, due_day=8),
    )
    assert dispatch(jobs, {1: 1}, rule)[0].work_order_id == first


def test_least_slack_counts_the_work_that_remains() -> None:
    jobs = (
        Job(1, (Operation(1, 5),), due_day=1),
        Job(2, (Operation(1, 5), Operation(2, 90_000)), due_day=2),
        Job(3, (Operation(1, 5),), due_day=2),
    )
    started = [one.work_order_id for one in dispatch(jobs, {1: 1, 2: 1}, Rule.SLACK) if one.phase_id == 1]
    assert started == [2, 1, 3]


def test_all_that_ends_at_a_moment_is_seen_before_anything_starts() -> None:
    """Order 5 reaches phase 2 in the moment in which its place is freed; its due day is the earlier one."""
    jobs = (
        Job(1, (Operation(2, 4),)),
        Job(5, (Operation(1, 4), Operation(2, 1)), due_day=1),
        Job(3, (Operation(3, 4), Operation(2, 1)), due_day=2),
    )
    started = {(one.work_order_id, one.place): one.started_s for one in dispatch(jobs, {1: 1, 2: 1, 3: 1}, Rule.EDD)}
    assert (started[5, 1], started[3, 1]) == (4, 5)


def test_nothing_to_do_is_done_at_once() -> None:
    assert dispatch((), {1: 1}, Rule.SPT) == []


def test_phase_without_capacity_is_refused() -> None:
    with pytest.raises(KeyError):
        dispatch((Job(1, (Operation(4, 1),)),), {1: 1}, Rule.FIFO)

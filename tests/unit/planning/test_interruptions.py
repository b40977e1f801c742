"""Stops of a phase and losses of its places keep the dispatch's rules; docs/kpis.md, "What if"."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.planning.simulation.dispatch import Execution, Job, Operation, Rule, dispatch
from app.planning.simulation.interruptions import Interruptions, Loss, joined, without
from tests.unit.planning.test_dispatch import PHASES, Shop, arrivals, completions, rules, shops

moments = st.integers(0, 30)
spans = st.lists(st.tuples(moments, moments).filter(lambda span: span[0] < span[1]), max_size=4)


@st.composite
def interrupted(draw: st.DrawFn) -> Interruptions:
    """Some stops, and losses one after the other."""
    cuts = sorted(set(draw(st.lists(moments, max_size=6))))
    losses = [Loss(start, end, draw(st.integers(1, 2))) for start, end in list(pairwise(cuts))[::2]]
    return Interruptions(draw(spans), losses)


interruptions = st.fixed_dictionaries({phase: interrupted() for phase in PHASES})
ONE = (Job(1, (Operation(1, 10),)), Job(2, (Operation(1, 10),)), Job(3, (Operation(1, 10),)))


def works_at(one: Execution, own: Interruptions, second: int) -> bool:
    resting = any(start <= second < end for start, end in one.rests)
    return one.started_s <= second < one.finished_s and not resting and not own.is_stopped(second)


@given(shops(), rules, interruptions)
def test_every_operation_works_its_whole_duration_outside_stops_and_rests(
    shop: Shop, rule: Rule, own: dict[int, Interruptions]
) -> None:
    found = dispatch(shop.jobs, shop.capacities, rule, own)
    durations = {(job.work_order_id, place): one for job in shop.jobs for place, one in enumerate(job.operations)}
    assert len(found) == len(durations)
    for one in found:
        operation = durations[one.work_order_id, one.place]
        worked = sum(works_at(one, own[one.phase_id], at) for at in range(one.started_s, one.finished_s))
        assert (one.phase_id, worked) == operation


@given(shops(), rules, interruptions)
def test_nothing_starts_in_a_stop_and_no_more_work_than_places_are_left(
    shop: Shop, rule: Rule, own: dict[int, Interruptions]
) -> None:
    found = dispatch(shop.jobs, shop.capacities, rule, own)
    arrived = arrivals(shop, found)
    initial = {job.work_order_id for job in shop.jobs if job.in_process}
    for one in found:
        assert one.started_s >= max(0, arrived[one.work_order_id, one.place])
        if one.place or one.work_order_id not in initial:
            assert not own[one.phase_id].is_stopped(one.started_s)
    for phase, capacity in shop.capacities.items():
        here = [one for one in found if one.phase_id == phase]
        for at in range(31):
            lost = sum(loss.places for loss in own[phase].losses if loss.start_s <= at < loss.end_s)
            old = sum(one.place == 0 and one.work_order_id in initial and one.finished_s > at for one in here)
            assert sum(works_at(one, own[phase], at) for one in here) <= max(capacity - lost, old - lost, 0)


@given(shops(), rules)
def test_interruptions_that_come_after_all_work_change_nothing(shop: Shop, rule: Rule) -> None:
    late = Interruptions([(10_000, 10_001)], [Loss(20_000, 20_001, 1)])
    assert dispatch(shop.jobs, shop.capacities, rule, dict.fromkeys(PHASES, late)) == shop.run(rule)


def test_work_in_process_rests_while_its_phase_is_stopped() -> None:
    found = dispatch(ONE, {1: 3}, Rule.FIFO, {1: Interruptions([(4, 9)])})
    assert completions(found) == {1: 15, 2: 15, 3: 15}


def test_free_places_are_lost_first_and_then_those_of_who_began_last() -> None:
    free = dispatch(ONE[:2], {1: 3}, Rule.FIFO, {1: Interruptions([], [Loss(4, 9, 1)])})
    assert completions(free) == {1: 10, 2: 10}
    full = dispatch(ONE, {1: 3}, Rule.FIFO, {1: Interruptions([], [Loss(4, 9, 2)])})
    assert completions(full) == {1: 10, 2: 15, 3: 15}
    assert [one.rests for one in full] == [(), ((4, 9),), ((4, 9),)]


def test_a_place_that_is_freed_while_others_are_lost_takes_the_next_job() -> None:
    found = dispatch(ONE, {1: 2}, Rule.FIFO, {1: Interruptions([], [Loss(5, 100, 1)])})
    assert [(one.work_order_id, one.started_s, one.finished_s) for one in found] == [
        (1, 0, 10),
        (2, 0, 105),
        (3, 10, 20),
    ]


@given(spans, spans, moments)
def test_spans_are_joined_and_taken_away_second_by_second(
    some: list[tuple[int, int]], other: list[tuple[int, int]], at: int
) -> None:
    def within(given: object) -> bool:
        return any(start <= at < end for start, end in given)  # type: ignore[attr-defined]

    assert within(joined(some)) == within(some)
    assert within(without(some, other)) == (within(some) and not within(other))
    assert all(end < start for (_, end), (start, _) in pairwise(joined(some)))


def test_place_of_work_that_took_no_time_is_lost_like_a_free_one() -> None:
    job = Job(1, (Operation(1, 0), Operation(1, 5)), in_process=True)
    found = dispatch([job], {1: 1}, Rule.FIFO, {1: Interruptions(losses=[Loss(0, 10, 1)])})
    assert [(one.started_s, one.finished_s) for one in found] == [(0, 0), (10, 15)]

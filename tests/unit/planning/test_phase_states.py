"""The state of each phase of an order, as docs/kpis.md defines it."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from app.planning.orders import PhaseState, phase_states

AT = dt.datetime(2024, 1, 1)
Stamps = tuple[dt.datetime | None, dt.datetime | None]
DONE: Stamps = (AT, AT)
RUNNING: Stamps = (AT, None)
IDLE: Stamps = (None, None)
END_ONLY: Stamps = (None, AT)
phases = st.lists(st.sampled_from([DONE, RUNNING, IDLE, END_ONLY]), max_size=12)


def states(completed: bool, given_phases: list[Stamps]) -> list[PhaseState]:
    return phase_states(completed, [{"started_at": start, "finished_at": end} for start, end in given_phases])


def test_next_phase_of_an_idle_open_order_is_queued_and_later_ones_wait() -> None:
    found = states(False, [DONE, IDLE, DONE, IDLE])
    assert found == [PhaseState.FINISHED, PhaseState.QUEUED, PhaseState.FINISHED, PhaseState.WAITING]


def test_nothing_is_queued_while_a_phase_is_in_process_anywhere_in_the_order() -> None:
    assert states(False, [IDLE, RUNNING]) == [PhaseState.WAITING, PhaseState.IN_PROCESS]


def test_phase_with_an_end_is_finished_even_without_a_start() -> None:
    assert states(False, [END_ONLY]) == [PhaseState.FINISHED]


@given(phases)
def test_phases_of_a_completed_order_are_finished_or_unclosed(given_phases: list[Stamps]) -> None:
    assert set(states(True, given_phases)) <= {PhaseState.FINISHED, PhaseState.UNCLOSED}


@given(phases)
def test_open_order_has_at_most_one_queued_phase_and_none_while_busy(given_phases: list[Stamps]) -> None:
    found = states(False, given_phases)
    queued, running = found.count(PhaseState.QUEUED), found.count(PhaseState.IN_PROCESS)
    idle = sum(phase == IDLE for phase in given_phases)
    assert queued == int(idle > 0 and running == 0)
    assert found.count(PhaseState.WAITING) == idle - queued
    assert PhaseState.UNCLOSED not in found

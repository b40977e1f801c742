"""Processor time split into the system under test and other work, and what may be judged beside other work."""

from __future__ import annotations

import os
import time

import pytest

from app.performance.load.generator import doubt_of
from app.performance.load.processor_split import STAT, MachineLoad, Times, load_between, read_times
from app.performance.slo.slo_judgement import SloStatus, judge
from app.processor_time import tree_seconds

PROCESSORS, SECONDS = 2, 10.0
TOTAL_S = PROCESSORS * SECONDS


def span(*, ours_s: float, other_s: float, steal_s: float = 0.0) -> MachineLoad:
    """Ten seconds of two processors."""
    idle = TOTAL_S - ours_s - other_s - steal_s
    before, after = Times(0, 100, 50, 5, 20), Times(SECONDS, 100 + TOTAL_S, 50 + idle, 5 + steal_s, 20 + ours_s)
    return load_between(before, after)


def judged(machine: MachineLoad, latency_ms: float, *, late_ms: float = 0.0, overdue: int = 0) -> SloStatus:
    doubt = doubt_of(250, late_ms, None, machine)
    return judge([latency_ms] * 400, overdue, target_ms=250, overdue=overdue, doubt=doubt).status


def test_ratios_are_shares_of_all_processor_time() -> None:
    load = span(ours_s=5, other_s=4, steal_s=1)
    assert (load.ours_ratio, load.other_ratio, load.steal_ratio) == (0.25, 0.25, 0.05)


QUIET, BUSY, OVERLOADED = span(ours_s=19, other_s=1), span(ours_s=12, other_s=8), span(ours_s=4, other_s=16)
STOLEN = span(ours_s=4, other_s=0, steal_s=16)


@pytest.mark.parametrize(
    ("machine", "latency_ms", "status"),
    [
        (QUIET, 249, SloStatus.MET),
        (QUIET, 251, SloStatus.VIOLATED),
        (BUSY, 249, SloStatus.MET),
        (BUSY, 9_000, SloStatus.NOT_MEASURED),
        (OVERLOADED, 1, SloStatus.NOT_MEASURED),
        (OVERLOADED, 9_000, SloStatus.NOT_MEASURED),
        (STOLEN, 1, SloStatus.NOT_MEASURED),
        (STOLEN, 9_000, SloStatus.NOT_MEASURED),
    ],
)
def test_other_work_is_never_held_against_the_service(
    machine: MachineLoad, latency_ms: float, status: SloStatus
) -> None:
    assert judged(machine, latency_ms) is status


def test_a_service_that_uses_the_whole_machine_itself_is_slow_although_the_generator_is_late() -> None:
    assert judged(QUIET, 400, late_ms=100) is SloStatus.VIOLATED
    assert judged(QUIET, 300, late_ms=100) is SloStatus.NOT_MEASURED
    assert judged(QUIET, 10, late_ms=100) is SloStatus.NOT_MEASURED


def test_a_late_generator_on_an_unknown_machine_measured_nothing() -> None:
    unknown = load_between(None, None)
    assert judged(unknown, 400, late_ms=100) is SloStatus.NOT_MEASURED
    assert judged(unknown, 400) is SloStatus.VIOLATED


def test_answers_that_never_came_are_errors_unless_the_machine_was_busy() -> None:
    assert judged(QUIET, 10, overdue=3) is SloStatus.ERRORS
    assert judged(QUIET, 400, late_ms=100, overdue=3) is SloStatus.ERRORS
    assert judged(OVERLOADED, 10, overdue=3) is SloStatus.NOT_MEASURED
    assert judge([1.0] * 400, 2, target_ms=250, overdue=1, doubt=OVERLOADED.doubt()).status is SloStatus.ERRORS


def test_reason_names_load_and_processors() -> None:
    doubt = OVERLOADED.doubt()
    assert doubt is not None
    assert "80% of 2 processors" in doubt.reason


@pytest.mark.skipif(not STAT.exists(), reason="only Linux counts processor time so")
def test_own_work_is_not_other_work() -> None:
    before, begun = read_times(), tree_seconds(os.getpid())
    until = time.process_time() + 0.5
    while time.process_time() < until:
        pass
    load, used = load_between(before, read_times()), tree_seconds(os.getpid())
    assert begun is not None and used is not None and load.ours_ratio is not None
    assert used - begun >= 0.4
    assert load.ours_ratio * load.seconds * load.processors >= 0.4

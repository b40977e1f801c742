"""A test that only passed is two events of the journal; any other phase is told at once, in its place."""

from __future__ import annotations

from typing import Any

from release_gate.in_pytest.failures.forks import Forks
from release_gate.in_pytest.open_run import OpenRun
from release_gate.record.records import STAGES, Case, passed_phase


class Telling(OpenRun):
    """An open run that keeps what it would write."""

    def __init__(self) -> None:
        self.forks, self.told = Forks(), list[tuple[str, dict[str, Any]]]()
        self._passed, self._limited = {}, {"LIMITED"}

    def write(self, event: str, **facts: Any) -> None:
        self.told.append((event, facts))

    def tell(self, check: str, *phases: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:  # type: ignore[override]
        case = Case("test_it", check)
        for facts in phases:
            self.tell_phase(case, facts)
        self.tell_end(case)
        assert (case.phases, case.finishes) == ([*phases], 1)
        return self.told


PASSED = [passed_phase(when, 0.1) for when in STAGES]
NODE = {"nodeid": "test_it"}


def told(*phases: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [("phase", NODE | facts) for facts in phases]


def test_phases_that_only_passed_are_told_with_the_end() -> None:
    assert Telling().tell("A1", *PASSED) == [("finished", {**NODE, "passed_s": dict.fromkeys(STAGES, 0.1)})]


def test_failed_phase_is_told_at_once_behind_those_before_it() -> None:
    setup, call, teardown = PASSED
    failed = call | {"outcome": "failed", "failure": {"message": "cold"}}
    end = ("finished", {**NODE, "passed_s": {"teardown": 0.1}})
    assert Telling().tell("A1", setup, failed, teardown) == [*told(setup, failed), end]


def test_phase_that_passed_with_something_to_say_is_told() -> None:
    odd = [PASSED[1] | {"xfail": True}, PASSED[1] | {"reason": "so"}, PASSED[1] | {"when": "subtest"}]
    for one in odd:
        assert Telling().tell("A1", one) == [*told(one), ("finished", NODE)]


def test_phase_that_is_reported_twice_is_told_twice() -> None:
    again = passed_phase("setup", 0.2)
    assert Telling().tell("A1", PASSED[0], again) == [*told(PASSED[0], again), ("finished", NODE)]


def test_phases_of_a_check_with_a_time_limit_are_told_at_once() -> None:
    assert Telling().tell("LIMITED", *PASSED) == [*told(*PASSED), ("finished", NODE)]

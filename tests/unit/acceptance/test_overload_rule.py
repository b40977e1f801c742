"""Under overload a wrong answer fails on every machine; times are judged only where the machine let them be."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from app.performance.load.processor_split import MachineLoad
from release_gate.record.expect import Expectation, ExpectationFailed
from tests.acceptance.support.watching.overload import Level
from tests.acceptance.test_e_performance_overload import judge

QUIET, BUSY, OVERLOADED = 0.05, 0.3, 0.8
"""Shares of the processors that other work had."""
SOUND, COLLAPSED = [100, 95], [100, 3]
"""Right answers in the second that each level took."""
UNMEASURED = "NOT_MEASURED"


class Notes:
    """Evidence that keeps only why something was not measured."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def expect(self, actual: Any, claim: str, *, unit: str = "", source: str = "") -> Expectation:
        return Expectation(actual, claim, unit, source, lambda *_, **__: None)

    def table(self, *_: Any) -> None: ...

    def not_measured(self, reason: str) -> None:
        self.reasons.append(reason)


def found(right: list[int], recovery_s: float, other_ratio: float | None, wrong: str = "") -> str:
    """PASS, UNMEASURED, or the claim that failed."""
    levels = [Level(n, 1.0, [1.0] * count, wrong=Counter([wrong] if wrong else [])) for n, count in enumerate(right)]
    notes = Notes()
    try:
        judge(levels, recovery_s, MachineLoad(6.0, 2, 9.0, 0.1, other_ratio, 0.0), notes)
    except ExpectationFailed as failure:
        return failure.claim
    return UNMEASURED if notes.reasons else "PASS"


@pytest.mark.parametrize(
    ("right", "recovery_s", "other_ratio", "expected"),
    [
        (SOUND, 0.1, QUIET, "PASS"),
        (SOUND, 0.1, BUSY, "PASS"),
        (SOUND, 0.1, None, "PASS"),
        (SOUND, 0.1, OVERLOADED, UNMEASURED),
        (COLLAPSED, 0.1, BUSY, UNMEASURED),
        (SOUND, 7.0, BUSY, UNMEASURED),
        (COLLAPSED, 0.1, QUIET, "right answers a second at 1 connections, as a share of the best"),
        (COLLAPSED, 0.1, None, "right answers a second at 1 connections, as a share of the best"),
        ([0, 0], 0.1, QUIET, "right answers a second at 0 connections, as a share of the best"),
        (SOUND, 7.0, QUIET, "4 requests one by one right after"),
    ],
)
def test_times_are_judged_only_on_a_machine_that_let_them_be(
    right: list[int], recovery_s: float, other_ratio: float | None, expected: str
) -> None:
    assert found(right, recovery_s, other_ratio) == expected


@pytest.mark.parametrize("other_ratio", [QUIET, BUSY, OVERLOADED, None])
@pytest.mark.parametrize("right", [SOUND, COLLAPSED])
def test_a_wrong_answer_fails_whatever_the_load(right: list[int], other_ratio: float | None) -> None:
    claim = "answers other than right ones and OVERLOADED"
    assert found(right, 0.1, other_ratio, "503 DATABASE_UNAVAILABLE") == claim

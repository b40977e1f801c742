"""Keeps tests from running: those of later criteria after a critical failure, and those that an option leaves out."""

from __future__ import annotations

import pytest

from release_gate.in_pytest.open_run import OpenRun
from release_gate.rules.model import BROKEN, CRITERIA, Outcome


class Blocking:
    """Skips a blocked test within the wrappers of other plugins: their teardown needs what their setup made."""

    def __init__(self, gate: OpenRun) -> None:
        self._gate = gate
        self._critical = ""
        self._critical_criterion = ""
        self._blocked_by = ""

    def enter(self, criterion: str) -> str:
        """The next test is one of this criterion; returns what blocks it, empty if it runs."""
        self._blocked_by = self._what_blocks(criterion)
        return self._blocked_by

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        if self._blocked_by:
            pytest.skip(f"NOT_RUN: blocked by {self._blocked_by}")

    def note(self, check: str, outcome: Outcome) -> None:
        """Remember the first critical check that failed without a waiver."""
        declared = self._gate.declaration.check(check)
        if outcome not in BROKEN or declared is None or not declared.critical:
            return
        if not self._critical and check not in self._gate.waived:
            self._critical, self._critical_criterion = check, declared.criterion

    def _what_blocks(self, criterion: str) -> str:
        """The failed critical check, or the option, because of which a criterion does not run; empty if it runs."""
        if self._gate.criteria and criterion not in self._gate.criteria:
            return f"{CRITERIA} {','.join(self._gate.criteria)}"
        return self._critical if self._stops(criterion) else ""

    def _stops(self, criterion: str) -> bool:
        """True if a critical failure of another criterion blocks this one, which does not always run."""
        if not self._critical or self._gate.config.getoption("gate_keep_going"):
            return False
        always = {one.id for one in self._gate.declaration.criteria if one.always}
        return criterion not in always | {self._critical_criterion}

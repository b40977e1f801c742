"""The checks of a gate run, one after the other: journaled phase by phase, stopped behind a critical failure."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from release_gate.in_pytest.items import check_of, phase_of, rewritten
from release_gate.in_pytest.open_run import OpenRun
from release_gate.record.records import SUBTEST
from release_gate.rules.model import BROKEN, Verdict


class Running:
    """The hooks of each test, in the order of their calls."""

    def __init__(self, gate: OpenRun) -> None:
        self._gate = gate
        self._critical = ""
        self._critical_criterion = ""
        self._calling = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Before any fixture of it is made."""
        check = check_of(item)
        criterion = self._gate.criterion_of(check)
        if self._stops(criterion):
            self._gate.case(item.nodeid).blocked_by = self._critical
            self._gate.write("not_run", nodeid=self._gate.name_of(item.nodeid), check=check, blocked_by=self._critical)
            pytest.skip(f"NOT_RUN: blocked by {self._critical}")
        self._gate.board.enter(criterion, item.name)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        case = self._gate.case(nodeid)
        case.starts += 1
        self._gate.write("started", nodeid=case.nodeid, check=case.check)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """What is reported meanwhile is of a subtest."""
        self._calling = True
        try:
            return (yield)
        finally:
            self._calling = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        error = call.excinfo.value if call.excinfo is not None else None
        report = yield
        case = self._gate.case(item.nodeid)
        facts = phase_of(report, error, self._gate.described)
        if self._calling:
            facts["when"] = SUBTEST
        if rewritten(report, error):
            why = f"{case.nodeid} raised {type(error).__name__}, and a hook reported it as passed."
            self._gate.problem(Verdict.INCOMPLETE, "OUTCOME_REWRITTEN", why)
        case.phases.append(facts)
        self._gate.write("phase", nodeid=case.nodeid, **facts)
        return report

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        case = self._gate.case(nodeid)
        case.finishes += 1
        self._gate.write("finished", nodeid=case.nodeid)
        outcome, reason = case.outcome()
        parameters = case.nodeid.partition("[")[2].removesuffix("]")
        self._gate.board.leave(case.check, outcome, reason, case.duration_s, parameters)
        declared = self._gate.declaration.check(case.check)
        if outcome not in BROKEN or declared is None or not declared.critical:
            return
        if not self._critical and case.check not in self._gate.waived:
            self._critical, self._critical_criterion = case.check, declared.criterion

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """The board speaks for the phases; pytest's own letters would break its rows. The category counts as ever."""
        if report.passed:
            return ("passed" if report.when == "call" else "", "", "")
        if hasattr(report, "wasxfail"):
            return None
        return ("skipped" if report.skipped else "failed" if report.when == "call" else "error", "", "")

    def _stops(self, criterion: str) -> bool:
        """A critical failure stops every other criterion but those that always run."""
        if not self._critical or self._gate.config.getoption("keep_going"):
            return False
        always = {one.id for one in self._gate.declaration.criteria if one.always}
        return criterion not in always | {self._critical_criterion}

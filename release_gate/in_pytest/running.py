"""Runs the checks of a gate run in order, and journals each phase."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

import pytest

from release_gate.in_pytest.blocking import Blocking
from release_gate.in_pytest.collection.generated import Generated
from release_gate.in_pytest.coming_down import ComingDown
from release_gate.in_pytest.doctests import cause_in, runner_replaced, skipped_in
from release_gate.in_pytest.failures.stacks import Stacks
from release_gate.in_pytest.failures.unheard import Listening
from release_gate.in_pytest.fixtures import Fixtures, tell_missing_fixture
from release_gate.in_pytest.innermost import Innermost
from release_gate.in_pytest.items import check_of, forget_object, phase_of, rewritten
from release_gate.in_pytest.open_run import OpenRun
from release_gate.in_pytest.parameters import alterations_of_call, altered_values, passes_on
from release_gate.in_pytest.source_code.bodies import watched
from release_gate.in_pytest.source_code.recorder import Body
from release_gate.in_pytest.source_code.sources import Sources
from release_gate.record.causes import named
from release_gate.record.clock import CLOCK
from release_gate.record.records import SUBTEST
from release_gate.rules.model import CRITERIA, Verdict


class Running:
    """The hooks of each test, in the order of their calls."""

    def __init__(
        self,
        gate: OpenRun,
        generated: Generated,
        sources: Sources,
        listening: Listening,
        stacks: Stacks,
        innermost: Innermost,
        blocking: Blocking,
    ) -> None:
        self._gate = gate
        self._generated = generated
        self._sources = sources
        self._listening = listening
        self._stacks = stacks
        self._innermost = innermost
        self._blocking = blocking
        self._fixtures = Fixtures()
        self._coming_down = ComingDown(gate, stacks)
        self._calling = False
        self._item: pytest.Item | None = None
        self._began: tuple[str, str] = ("", "")
        self._body: Body | None = None
        self._unproven: BaseException | None = None
        self._began_s = 0.0
        self._reported: dict[tuple[str, str], str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        self._listening.watch(self._generated.modules.files())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Run a check; once more if it could not measure and its declaration says so, never after a failure."""
        result = yield
        case = self._gate.case(self._nodeid_of(item))
        if case.can_be_measured_again(self._gate.declaration.check(case.check)):
            case.measure_again()
            self._gate.write("measured_again", nodeid=case.nodeid, check=case.check)
            forget_object(item)
            # By the hook, so that plugins put around it what they put around the first one.
            item.ihook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        return result

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        case = self._gate.case(nodeid)
        case.starts += 1
        self._stacks.arm(case.check)
        self._gate.write("started", nodeid=case.nodeid, check=case.check)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Compare the test with the collected one; note what blocks it."""
        gate = self._gate
        nodeid = self._begin(item, "setup")
        for found in (
            self._generated.alterations(item),
            self._sources.alterations(item),
            self._sources.named_anew(item),
            runner_replaced(item),
        ):
            if found:
                gate.note_problems(found)
        check = gate.case(nodeid).check or check_of(item)
        criterion = gate.criterion_of(check)
        if blocked_by := self._blocking.enter(criterion):
            gate.case(nodeid).blocked_by = blocked_by
            name = gate.name_of(nodeid)
            gate.write("not_run", nodeid=name, check=check, blocked_by=blocked_by)
        else:
            gate.board.enter(criterion, check, item.name)
        with self._listening.phase_of(nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Compare the names of its module before a fixture of the project runs, and accept what it changes."""
        item = None if passes_on(fixturedef) else self._item
        if item is not None:
            self._gate.note_problems(self._sources.named_anew(item))
        try:
            with self._coming_down.around(fixturedef, self._fixtures.note(fixturedef)):
                made = yield
        except BaseException:
            self._innermost.leave_fixture(failed=True)
            raise
        finally:
            if item is not None:
                self._sources.allow(item)
        self._innermost.leave_fixture(failed=False)
        self._gate.note_problems(altered_values(request, fixturedef.argname, made))
        if item is None:
            self._gate.note_problems(self._generated.tables.altered(request, fixturedef.argname, made))
        return made

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Treat reports during the call as those of a subtest."""
        nodeid = self._begin(item, "call")
        if altered := self._generated.alterations(item):
            self._gate.note_problems(altered)
        self._calling = True
        try:
            before = partial(self._innermost.compare, item)
            body = watched(item, self._generated.function_of(item), before)
            with self._listening.phase_of(nodeid), body as self._body:
                self._innermost.compares_first = self._body is None or self._body.before is None
                result = yield
            self._require_started(item)
            self._stacks.require_in_time(self._gate.case(nodeid).check)
            if self._body is not None:
                self._gate.note_problems(alterations_of_call(item, self._body.called_with))
            return result
        finally:
            self._calling = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        nodeid = self._begin(item, "teardown")
        try:
            with self._listening.phase_of(nodeid, last=True):
                result = yield
            self._stacks.require_in_time(self._gate.case(nodeid).check)
            return result
        finally:
            self._sources.allow(nextitem)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        before = call.excinfo
        report = yield
        excinfo = before or call.excinfo
        error = cause_in(excinfo.value) if excinfo is not None else None
        tell_missing_fixture(error)
        nodeid = self._nodeid_of(item)
        case = self._gate.case(nodeid)
        if not self._calling:
            error = error or self._unheard_of(item, nodeid, call.when)
        if call.when == "teardown" and error is not None and self._told_of_fixtures(error):
            error = None
            facts = phase_of(report, None, self._gate.described) | {"outcome": "passed"}
            facts.pop("failure", None)
        else:
            # Of a doctest, the report's text is not the message of the exception that its example raised.
            own = excinfo is None or error is excinfo.value
            facts = phase_of(
                report, error, self._gate.described if own else lambda one, _: self._gate.described(one, "")
            )
        if self._calling:
            facts["when"] = SUBTEST
        else:
            facts["duration_s"] = round(CLOCK.seconds() - self._began_s, 4)
            self._reported[nodeid, report.when or ""] = report.outcome
        if rewritten(report, error):
            why = f"{case.nodeid} raised {type(error).__name__}, and a hook reported it as passed."
            self._gate.problem(Verdict.INCOMPLETE, "OUTCOME_REWRITTEN", why)
        self._gate.tell_phase(case, facts)
        return report

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, object, object]:
        """The innermost wrapper: recognises a report that was altered after it was made."""
        result = yield
        made = self._reported.pop((report.nodeid, report.when or ""), report.outcome)
        hidden = report.outcome != made and (made == "failed" or report.passed)
        if hidden and type(report) is pytest.TestReport:
            why = f"{self._gate.name_of(report.nodeid)} was {made}, and a hook altered its report to {report.outcome}."
            self._gate.problem(Verdict.INCOMPLETE, "OUTCOME_REWRITTEN", why)
        return result

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        case = self._gate.case(nodeid)
        self._stacks.disarm(check=case.check)
        self._gate.tell_end(case)
        outcome, reason = case.outcome()
        parameters = case.nodeid.removeprefix(case.function).removeprefix("[").removesuffix("]")
        if not case.blocked_by.startswith(CRITERIA):
            self._gate.board.leave(case.check, outcome, reason, case.duration_s, parameters)
        self._blocking.note(case.check, outcome)

    def _nodeid_of(self, item: pytest.Item) -> str:
        """The test's node id, which pytest puts together anew each time."""
        return self._began[0] if item is self._item else item.nodeid

    def _begin(self, item: pytest.Item, when: str) -> str:
        """A phase begins; returns the test's node id."""
        self._began = self._nodeid_of(item), when
        self._item = item
        self._began_s = CLOCK.seconds()
        self._body = self._unproven = None
        self._innermost.forget()
        return self._began[0]

    def _unheard_of(self, item: pytest.Item, nodeid: str, when: str) -> BaseException | None:
        """The exception of a phase that was reported without one: it never ran, or its exception was suppressed."""
        if self._began != (nodeid, when):
            why = (
                f"the {when} of {item.name} was reported and never ran: a hook or a plugin took the place of the runner"
            )
            return pytest.fail.Exception(why, pytrace=False)
        raised = self._body.raised if self._body is not None else None
        return self._unproven or raised or self._innermost.raised

    def _require_started(self, item: pytest.Item) -> None:
        """Fail a call that succeeded although the test's function raised or never ran; skip an incomplete doctest."""
        if self._body is not None and self._body.swallowed is not None and self._body.raised is None:
            self._unproven = self._body.swallowed
            raise self._unproven
        left_out = skipped_in(item)
        if left_out:
            raise pytest.skip.Exception(left_out)
        if self._body is None or self._body.started or getattr(item, "_excinfo", None):
            return
        self._unproven = pytest.fail.Exception(
            f"the function of {item.name} never ran: a hook, a decorator or a plugin took its place, or nobody awaited"
            " or iterated over it",
            pytrace=False,
        )
        raise self._unproven

    def _told_of_fixtures(self, error: BaseException) -> bool:
        """Record fixtures of a wider scope that fail in teardown as problems of the run, not of the last check."""
        found = self._fixtures.failed_in(error)
        for fixture, cause in found:
            why = f"{fixture.told(cause)}: {named(cause)}"
            self._gate.problem(Verdict.INCOMPLETE, "FIXTURE_TEARDOWN", why)
        return bool(found)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Suppress pytest's letters, which would break the board's rows; the category counts as usual."""
        if report.passed:
            return ("passed" if report.when == "call" else "", "", "")
        if hasattr(report, "wasxfail"):
            return None
        return ("skipped" if report.skipped else "failed" if report.when == "call" else "error", "", "")

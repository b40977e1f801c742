"""One gate run inside pytest: orders the checks, journals what happens, stops behind critical failures, and seals."""

from __future__ import annotations

import datetime as dt
import os
import traceback
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from release_gate.in_pytest.invocation import python_command, reproducible_options, without_benchmarks
from release_gate.in_pytest.items import check_of, distinct_names, phase_of, rewritten
from release_gate.in_pytest.refusals import Refusal, collection_problems, option_problems, subject_problems
from release_gate.in_pytest.signals import end_with_supervisor, interrupt_when_told_to_end
from release_gate.record.findings import describe_failure, one_line
from release_gate.record.journal import Journal, JournalError, now
from release_gate.record.records import SUBTEST, Case
from release_gate.record.redaction import Redactor
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import BROKEN, PRECEDENCE, Verdict
from release_gate.rules.waivers import load_waivers
from release_gate.sealing.folders import unjudged
from release_gate.sealing.result import InvalidResult
from release_gate.sealing.seal import publish, seal
from release_gate.sealing.subject import checkout, describe
from release_gate.telling.github import Job
from release_gate.telling.terminal import Board, closing_lines, screen

BARE = "pytest's own exit code is not the verdict; to be judged from outside as well: python3 -m release_gate run"
GATE = pytest.StashKey["GateSession"]()


class GateSession:
    """The hooks of a gate run, in the order of its life."""

    def __init__(self, config: pytest.Config, declaration: Declaration, folder: Path, *, supervised: bool) -> None:
        self.config = config
        self.declaration = declaration
        self.folder = folder
        self.supervised = supervised
        self.journal = Journal(folder)
        self.board = Board(declaration, screen())
        self._job = Job({} if supervised else os.environ, lambda line: self.board.say([line]))
        self._job.hold()
        self._cases: dict[str, Case] = {}
        self._critical = ""
        self._critical_criterion = ""
        self._deselected: list[str] = []
        self._board_open = False
        self._calling = False
        self._redactor = Redactor()
        self._refusal = ""
        self._verdict = Verdict.PASS
        self._waived: set[str] = set()
        self._session: pytest.Session | None = None
        self._commit: str | None = None
        self._began_at = now()
        self._restore_signals = interrupt_when_told_to_end()
        end_with_supervisor()
        self._names: dict[str, str] = {}

    def write(self, event: str, **facts: Any) -> None:
        """Append to the journal."""
        self.journal.append(event, **facts)

    def tell(self, nodeid: str, event: str, **facts: Any) -> None:
        """Append what a test says of itself; that nothing was measured is shown as well."""
        if event == "not_measured":
            self._case(nodeid).not_measured = str(facts["reason"])
        self.write(event, nodeid=self.name_of(nodeid), **facts)

    def problem(self, verdict: Verdict, code: str, message: str) -> None:
        """Something about the run keeps it from passing."""
        self.write("problem", verdict=verdict.value, code=code, message=message)

    def refuse(self, problems: Iterable[Refusal]) -> None:
        """What keeps the run from passing before it has begun; it will not begin, for it could prove nothing."""
        for verdict, code, message in problems:
            self.problem(verdict, code, message)
            self._refusal = self._refusal or message
            self._verdict = min(self._verdict, verdict, key=PRECEDENCE.index)

    def name_of(self, nodeid: str) -> str:
        """A test's name in the journal: its node id without secrets."""
        return self._names.get(nodeid, nodeid)

    def clean(self, path: Path) -> None:
        """Remove secrets from a file of the run."""
        self._redactor.file(path)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._session = session
        self._commit, _ = checkout(self.declaration.root)
        self._redactor = Redactor(self._secrets())
        self.journal.redact = self._redactor.value
        self.write(
            "invoked",
            argv=list(self.config.invocation_params.args),
            options=reproducible_options(self.config.invocation_params.args),
            python=python_command(self.declaration.root),
            release=self.config.getoption("release"),
            supervised=self.supervised,
            pid=os.getpid(),
        )
        self.refuse(option_problems(self.config))
        waivers = load_waivers(self.declaration.waivers, self.declaration, dt.datetime.now().astimezone().date())
        self.refuse((Verdict.MISCONFIGURED, "BAD_WAIVER", error) for error in waivers.errors)
        self._waived = {waiver.check for waiver in waivers.valid}
        for warning in waivers.warnings:
            self.write("warning", message=warning)
        for waiver in waivers.valid:
            self.write(
                "waiver",
                check=waiver.check,
                reason=waiver.reason,
                approver=waiver.approver,
                expires=waiver.expires.isoformat(),
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        self._leave_if_refused()

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self._deselected += [item.nodeid for item in items if next(item.iter_markers("check"), None)]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            message = f"{report.nodeid} could not be collected: {one_line(str(report.longrepr)[-300:])}"
            self.problem(Verdict.INCOMPLETE, "COLLECTION_ERROR", message)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Criteria in their order; within one, as the files have it."""
        items.sort(key=lambda item: self.declaration.place(self._criterion(check_of(item))))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._names = distinct_names(dict.fromkeys(item.nodeid for item in session.items), self._redactor)
        self._cases = {item.nodeid: Case(self.name_of(item.nodeid), check_of(item)) for item in session.items}
        listed = [{"nodeid": self.name_of(item.nodeid), "check": check_of(item)} for item in session.items]
        self.write("collected", items=listed)
        broken = session.testsfailed > 0
        self.refuse(collection_problems(self.config, self.declaration, session.items, self._deselected, broken=broken))
        self._leave_if_refused()
        self.board.open(self.folder.name)
        self._board_open = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Before any fixture of it is made."""
        check = check_of(item)
        criterion = self._criterion(check)
        if self._stops(criterion):
            self._case(item.nodeid).blocked_by = self._critical
            self.write("not_run", nodeid=self.name_of(item.nodeid), check=check, blocked_by=self._critical)
            pytest.skip(f"NOT_RUN: blocked by {self._critical}")
        self.board.enter(criterion, item.name)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        case = self._case(nodeid)
        case.starts += 1
        self.write("started", nodeid=case.nodeid, check=case.check)

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
        case = self._case(item.nodeid)
        facts = phase_of(report, error, self._described)
        if self._calling:
            facts["when"] = SUBTEST
        if rewritten(report, error):
            why = f"{case.nodeid} raised {type(error).__name__}, and a hook reported it as passed."
            self.problem(Verdict.INCOMPLETE, "OUTCOME_REWRITTEN", why)
        case.phases.append(facts)
        self.write("phase", nodeid=case.nodeid, **facts)
        return report

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        case = self._case(nodeid)
        case.finishes += 1
        self.write("finished", nodeid=case.nodeid)
        outcome, reason = case.outcome()
        parameters = case.nodeid.partition("[")[2].removesuffix("]")
        self.board.leave(case.check, outcome, reason, case.duration_s, parameters)
        declared = self.declaration.check(case.check)
        if outcome not in BROKEN or declared is None or not declared.critical:
            return
        if not self._critical and case.check not in self._waived:
            self._critical, self._critical_criterion = case.check, declared.criterion

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """The board speaks for the phases; pytest's own letters would break its rows. The category counts as ever."""
        if report.passed:
            return ("passed" if report.when == "call" else "", "", "")
        if hasattr(report, "wasxfail"):
            return None
        return ("skipped" if report.skipped else "failed" if report.when == "call" else "error", "", "")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        if not self._refusal:
            why = one_line(repr(excinfo.value))
            self.problem(Verdict.INCOMPLETE, "INTERRUPTED", f"The session was interrupted: {why}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.problem(Verdict.INCOMPLETE, "INTERNAL_ERROR", f"pytest failed itself: {one_line(repr(excinfo.value))}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        if self._board_open:
            self.board.close()
        try:
            with without_benchmarks():
                yield
        finally:
            self.write("session_finished", exitstatus=int(session.exitstatus))

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Every other plugin has written its report by now."""
        subject = describe(self.declaration.root, self.declaration.lock)
        for part in self.config.hook.pytest_release_gate_subject(config=self.config):
            subject |= part
        for refusal in subject_problems(subject, self._commit, release=self.config.getoption("release")):
            self.problem(*refusal)
        self.journal.close()
        self._redactor = Redactor(self._secrets())
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != self.journal.path.name:
                self.clean(path)
        try:
            seal(self.declaration, self.folder, self._redactor.value(subject))
            result, lines = None, []
            if not self.supervised:
                result = publish(self.declaration, self.folder)
                lines = [BARE, *closing_lines(self.declaration, result, self.folder)]
        except (JournalError, InvalidResult, OSError) as error:
            traceback.print_exception(error)
            lines = [f"The run could not be sealed and stays INCOMPLETE: {one_line(str(error))}"]
            result = unjudged(self.declaration, self.folder, self._began_at, lines[0])
        self.board.say(lines)
        if result:
            self._correct_exit_code(Verdict(result["verdict"]))
            self._job.resume()
            self._job.tell(self.declaration.root, result, self.folder)
        self.board.leave_screen()
        self._restore_signals()

    def _correct_exit_code(self, verdict: Verdict) -> None:
        """pytest calls a session of skips a success; whoever reads only its exit code must not be misled."""
        if self._session is not None and verdict is not Verdict.PASS and not self._session.exitstatus:
            self._session.exitstatus = verdict.exit_code

    def _leave_if_refused(self) -> None:
        if self._refusal:
            pytest.exit(f"The release gate does not begin: {self._refusal}", returncode=self._verdict.exit_code)

    def _secrets(self) -> list[str]:
        found = self.config.hook.pytest_release_gate_secrets(config=self.config)
        return [text for secrets in found for text in secrets]

    def _case(self, nodeid: str) -> Case:
        return self._cases.setdefault(nodeid, Case(nodeid, ""))

    def _criterion(self, check: str) -> str:
        declared = self.declaration.check(check)
        return declared.criterion if declared else ""

    def _stops(self, criterion: str) -> bool:
        """A critical failure stops every other criterion but those that always run."""
        if not self._critical or self.config.getoption("keep_going"):
            return False
        always = {one.id for one in self.declaration.criteria if one.always}
        return criterion not in always | {self._critical_criterion}

    def _described(self, error: BaseException, message: str) -> dict[str, Any]:
        hook = self.config.hook
        return describe_failure(
            error,
            message,
            lambda exception: hook.pytest_release_gate_classify(exception=exception),
            lambda exception: hook.pytest_release_gate_remedy(exception=exception),
        )

"""One gate run inside pytest: orders the checks, journals what happens, stops behind critical failures, and seals."""

from __future__ import annotations

import datetime as dt
import os
import sys
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from release_gate.declaration import Declaration
from release_gate.findings import describe_failure, one_line
from release_gate.journal import Journal, JournalError
from release_gate.model import BROKEN, Verdict
from release_gate.records import Case
from release_gate.redaction import Redactor
from release_gate.refusals import collection_problems, option_problems
from release_gate.result import InvalidResult
from release_gate.seal import seal
from release_gate.subject import describe
from release_gate.terminal import Board, closing_lines
from release_gate.waivers import load_waivers

GATE = pytest.StashKey["GateSession"]()
SPOOL = 1 << 16


class GateSession:
    """The hooks of a gate run, in the order of its life."""

    def __init__(self, config: pytest.Config, declaration: Declaration, folder: Path, *, supervised: bool) -> None:
        self.config = config
        self.declaration = declaration
        self.folder = folder
        self.supervised = supervised
        self.journal = Journal(folder)
        self.board = Board(declaration, sys.stdout)
        self._cases: dict[str, Case] = {}
        self._critical = ""
        self._critical_criterion = ""
        self._deselected: list[str] = []
        self._board_open = False

    def write(self, event: str, **facts: Any) -> None:
        """Append to the journal."""
        self.journal.append(event, **facts)

    def problem(self, verdict: Verdict, code: str, message: str) -> None:
        """Something about the run keeps it from passing."""
        self.write("problem", verdict=verdict.value, code=code, message=message)

    def redirect_reports(self) -> None:
        """junit.xml, report.html and benchmark.json belong into the run folder, whoever typed the command."""
        option = self.config.option
        for name, value in (
            ("xmlpath", str(self.folder / "junit.xml")),
            ("htmlpath", str(self.folder / "report.html")),
            ("self_contained_html", True),
        ):
            if hasattr(option, name):
                setattr(option, name, value)
        if hasattr(option, "benchmark_json"):
            option.benchmark_json = (self.folder / "benchmark.json").open("wb")
        option.verbose = option.verbose or -1
        if self.config.args_source is not pytest.Config.ArgsSource.ARGS and self.declaration.paths:
            self.config.args[:] = list(self.declaration.paths)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        secrets = [text for found in self.config.hook.pytest_release_gate_secrets(config=self.config) for text in found]
        self.journal.redact = Redactor(secrets)
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None:
            self.board = Board(self.declaration, reporter._tw._file)
        self.write(
            "invoked",
            argv=list(self.config.invocation_params.args),
            options=reproducible_options(self.config),
            python=python_command(self.declaration.root),
            release=self.config.getoption("release"),
            supervised=self.supervised,
            pid=os.getpid(),
        )
        for verdict, code, message in option_problems(self.config):
            self.problem(verdict, code, message)
        waivers = load_waivers(self.declaration.waivers, self.declaration, dt.datetime.now().astimezone().date())
        for error in waivers.errors:
            self.problem(Verdict.MISCONFIGURED, "BAD_WAIVER", error)
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
        listed = [{"nodeid": item.nodeid, "check": check_of(item)} for item in session.items]
        self.write("collected", items=listed)
        self._cases = {one["nodeid"]: Case(one["nodeid"], one["check"]) for one in listed}
        for verdict, code, message in collection_problems(
            self.config, self.declaration, session.items, self._deselected
        ):
            self.problem(verdict, code, message)
        self.board.open(self.folder.name)
        self._board_open = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        check = check_of(item)
        criterion = self._criterion(check)
        if self._stops(criterion):
            self.write("not_run", nodeid=item.nodeid, check=check, blocked_by=self._critical)
            return True
        self.board.enter(criterion, item.name)
        return None

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        case = self._case(nodeid)
        case.starts += 1
        self.write("started", nodeid=nodeid, check=case.check)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        facts: dict[str, Any] = {
            "when": report.when,
            "outcome": report.outcome,
            "duration_s": round(report.duration, 4),
            "xfail": hasattr(report, "wasxfail"),
        }
        if report.failed and call.excinfo is not None:
            facts["failure"] = describe_failure(call.excinfo.value, crash_message(report), self._classify)
        elif report.skipped and isinstance(report.longrepr, tuple):
            facts["reason"] = one_line(str(report.longrepr[2]))
        self._case(item.nodeid).phases.append(facts)
        self.write("phase", nodeid=item.nodeid, **facts)
        return report

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        case = self._case(nodeid)
        case.finishes += 1
        self.write("finished", nodeid=nodeid)
        outcome, reason = case.outcome()
        self.board.leave(case.check, outcome, reason, case.duration_s)
        declared = self.declaration.check(case.check)
        if outcome in BROKEN and declared is not None and declared.critical and not self._critical:
            self._critical, self._critical_criterion = case.check, declared.criterion

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """The board speaks for the phases; pytest's own letters would break its rows. The category counts as ever."""
        if report.passed:
            return ("passed" if report.when == "call" else "", "", "")
        if hasattr(report, "wasxfail"):
            return None
        return ("skipped" if report.skipped else "failed" if report.when == "call" else "error", "", "")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.problem(Verdict.INCOMPLETE, "INTERRUPTED", f"The session was interrupted: {one_line(repr(excinfo.value))}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.problem(Verdict.INCOMPLETE, "INTERNAL_ERROR", f"pytest failed itself: {one_line(repr(excinfo.value))}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        try:
            yield
        finally:
            if self._board_open:
                self.board.close()
            self.write("session_finished", exitstatus=int(exitstatus))

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Every other plugin has written its report by now."""
        subject = describe(self.declaration.root, self.declaration.lock)
        for part in self.config.hook.pytest_release_gate_subject(config=self.config):
            subject |= part
        if self.config.getoption("release"):
            self._refuse_unfit(subject)
        self.journal.close()
        try:
            result = seal(self.declaration, self.folder, self.journal_redacted(subject), release=not self.supervised)
        except (JournalError, InvalidResult, OSError) as error:
            traceback.print_exception(error)
            self.board.console.print(f"The run could not be sealed and stays INCOMPLETE: {one_line(str(error))}")
            return
        if not self.supervised:
            for line in closing_lines(self.declaration, result, self.folder):
                self.board.console.print(line, markup=False)
            self.board.console.print(
                "pytest's own exit code is not the verdict. Judged by its evidence: python3 -m release_gate run"
            )

    def journal_redacted(self, subject: dict[str, Any]) -> dict[str, Any]:
        redact = self.journal.redact
        redacted: dict[str, Any] = redact.value(subject) if isinstance(redact, Redactor) else subject
        return redacted

    def _refuse_unfit(self, subject: dict[str, Any]) -> None:
        if subject.get("dirty") is not False:
            self.problem(Verdict.INCOMPLETE, "DIRTY_TREE", "--release needs a clean checkout: commit your changes.")
        if subject.get("workbook", {}).get("kind") == "sample":
            self.problem(Verdict.INCOMPLETE, "SAMPLE_DATA", "--release needs the real workbook: use --workbook.")

    def _case(self, nodeid: str) -> Case:
        return self._cases.setdefault(nodeid, Case(nodeid, ""))

    def _criterion(self, check: str) -> str:
        declared = self.declaration.check(check)
        return declared.criterion if declared else ""

    def _stops(self, criterion: str) -> bool:
        """A critical failure stops every later criterion but the last, which judges the run itself."""
        if not self._critical or self.config.getoption("keep_going"):
            return False
        last = self.declaration.criteria[-1].id
        return criterion not in (self._critical_criterion, last)

    def _classify(self, exception: BaseException) -> str | None:
        category: str | None = self.config.hook.pytest_release_gate_classify(exception=exception)
        return category


def check_of(item: pytest.Item) -> str:
    """The id of the check that a test is; empty when its marker has none."""
    marker = next(item.iter_markers("check"), None)
    return str(marker.args[0]) if marker is not None and marker.args else ""


def crash_message(report: pytest.TestReport) -> str:
    """pytest's short explanation of a failure."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message) if crash is not None else str(report.longrepr or "")


def reproducible_options(config: pytest.Config) -> list[str]:
    """The command's options without the selection of checks, so that one check can be seen again under the same."""
    kept: list[str] = []
    given = iter(str(argument) for argument in config.invocation_params.args)
    for argument in given:
        if argument in ("-m", "-k", "-n", "-p", "-o", "-c"):
            next(given, None)
        elif argument not in ("--release", "--keep-going", "-v", "-q", "-s", "-x"):
            kept.append(argument)
    return kept


def python_command(root: Path) -> str:
    """How to call this interpreter from the project's folder."""
    executable = Path(sys.executable)
    return executable.relative_to(root).as_posix() if executable.is_relative_to(root) else "python3"

"""Records the exception of a phase or a fixture before an outer hook can suppress it."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from release_gate.in_pytest.failures.unheard import Listening
from release_gate.in_pytest.fixtures import CallsOfFixtures, answered_instead
from release_gate.in_pytest.open_run import OpenRun
from release_gate.in_pytest.source_code.judging_code import JudgingCode
from release_gate.in_pytest.source_code.sources import Sources


class Innermost:
    """Wrappers inside those of every other plugin.

    raised: the exception of the current phase. compares_first: False while the recorder in the test's function reports
    its start, which is behind every hook that may change something for the length of its call. pytest before 8.4
    installs its own hooks for threads and unraisable exceptions in each phase; the gate's are installed after them.
    """

    def __init__(self, gate: OpenRun, sources: Sources, judging: JudgingCode, listening: Listening) -> None:
        self._gate = gate
        self._sources = sources
        self._judging = judging
        self._listening = listening
        self._forks = gate.forks
        self.raised: BaseException | None = None
        self.compares_first = True
        self._in_fixture: BaseException | None = None
        self._item: pytest.Item | None = None

    def forget(self) -> None:
        """Clear the exception at the beginning of a phase."""
        self.raised = None

    def leave_fixture(self, *, failed: bool) -> None:
        """The outermost wrapper of a fixture's set-up ends: an exception that was raised within was suppressed.

        A test or a fixture may catch the exception of another fixture; a hook may not. failed: it raised.
        """
        if not failed:
            self.raised = self.raised or self._in_fixture
        self._in_fixture = None

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        self._enter(item)
        try:
            result = yield
        except BaseException as error:
            self._leave(item, error)
            raise
        self._leave(item)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        if self.compares_first:
            self.compare(item)
        self._enter(item)
        try:
            result = yield
            self._compare(item)
            excinfo = getattr(item, "_excinfo", None)
            if excinfo and self._forks.in_child:  # a TestCase keeps what its method raised
                raise excinfo[-1].value
        except BaseException as error:
            self._leave(item, error)
            raise
        self._leave(item)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        self._enter(item)
        try:
            result = yield
        except BaseException as error:
            self._leave(item, error)
            raise
        self._leave(item)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """End forked children that leave the import of a module."""
        try:
            report = yield
        except BaseException as error:
            self._forks.keep_out(collector.nodeid, error)
            raise
        excinfo = report.call.excinfo if report.failed and report.call else None
        self._forks.keep_out(collector.nodeid, excinfo.value if excinfo else None)
        return report

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        try:
            with CallsOfFixtures() as calls:
                made = yield
            self._keep_out()
            if not calls:
                self._gate.note_problems(answered_instead(fixturedef, request.config))
        except BaseException as error:
            self._keep_out(error)
            self._in_fixture = error
            raise
        self._in_fixture = None
        return made

    def compare(self, item: pytest.Item) -> None:
        """Compare before the test's function runs, which may put back what a fixture changed."""
        if found := self._sources.named_anew(item):
            self._gate.note_problems(found)
        self._compare(item)

    def _compare(self, item: pytest.Item) -> None:
        """Compare the functions of the test's module, the gate's own, and those by which tests judge."""
        if found := self._sources.alterations(item):
            self._gate.note_problems(found)
        if found := self._judging.alterations_during_tests():
            self._gate.note_problems(found)

    def _keep_out(self, error: BaseException | None = None) -> None:
        """End a forked child that leaves a fixture."""
        if self._forks.in_child:
            self._forks.keep_out(self._item.nodeid if self._item is not None else "", error)

    def _enter(self, item: pytest.Item) -> None:
        """A phase begins."""
        self._listening.install()
        self._item = item
        if found := self._sources.alterations_around(item):
            self._gate.note_problems(found)

    def _leave(self, item: pytest.Item, error: BaseException | None = None) -> None:
        """A phase ends, with an exception or without; a forked child ends here."""
        if self._forks.in_child:
            self._forks.keep_out(item.nodeid, error)
        if error is not None:
            self.raised = error
        if found := self._sources.alterations_around(item):
            self._gate.note_problems(found)

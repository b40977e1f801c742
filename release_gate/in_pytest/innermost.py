"""Records the exception of a phase or a fixture before an outer hook can suppress it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from release_gate.in_pytest.failures.unheard import Listening
from release_gate.in_pytest.fixtures import answered_instead, calls_of_fixtures
from release_gate.in_pytest.open_run import OpenRun
from release_gate.in_pytest.source_code.sources import Sources


class Innermost:
    """Wrappers inside those of every other plugin.

    raised: the exception of the current phase. pytest before 8.4 installs its own hooks for threads and unraisable
    exceptions in each phase; the gate's are installed after them.
    """

    def __init__(self, gate: OpenRun, sources: Sources, listening: Listening) -> None:
        self._gate = gate
        self._sources = sources
        self._listening = listening
        self._forks = gate.forks
        self.raised: BaseException | None = None
        self._in_fixture: BaseException | None = None
        self._node = ""

    def forget(self) -> None:
        """Clear the exception at the beginning of a phase."""
        self.raised = None

    @contextmanager
    def around_fixture(self) -> Iterator[None]:
        """The outermost wrapper of a fixture's set-up: finds exceptions that were raised within and suppressed.

        A test or a fixture may catch the exception of another fixture; a hook may not.
        """
        try:
            yield
            self.raised = self.raised or self._in_fixture
        finally:
            self._in_fixture = None

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        with self._seen(item):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        before = [*self._sources.alterations(item), *self._sources.named_anew(item)]
        before += self._sources.alterations_of_gate(during_tests=True)  # the test may put back what a fixture changed
        self._gate.note_problems([*before, *self._sources.alterations_of_tools()])
        with self._seen(item, already=True):
            result = yield
            altered = [*self._sources.alterations(item), *self._sources.alterations_of_gate(during_tests=True)]
            self._gate.note_problems([*altered, *self._sources.alterations_of_tools()])
            excinfo = getattr(item, "_excinfo", None)
            if excinfo and self._forks.in_child:  # a TestCase keeps what its method raised
                raise excinfo[-1].value
            return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        with self._seen(item):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """End forked children that leave the import of a module."""
        with self._forks.kept_out(collector.nodeid):
            report = yield
            if report.failed and report.call.excinfo and self._forks.in_child:
                raise report.call.excinfo.value
            return report

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        try:
            with self._forks.kept_out(self._node), calls_of_fixtures() as calls:
                made = yield
            if not calls:
                self._gate.note_problems(answered_instead(fixturedef, request.config))
        except BaseException as error:
            self._in_fixture = error
            raise
        self._in_fixture = None
        return made

    @contextmanager
    def _seen(self, item: pytest.Item, *, already: bool = False) -> Iterator[None]:
        """Record the exception of the block, and compare the functions around the test before and after it.

        already: they were compared just before.
        """
        self._listening.install()
        self._node = item.nodeid
        if not already:
            self._gate.note_problems(self._sources.alterations_around(item))
        try:
            with self._forks.kept_out(item.nodeid):
                yield
        except BaseException as error:
            self.raised = error
            raise
        finally:
            self._gate.note_problems(self._sources.alterations_around(item))

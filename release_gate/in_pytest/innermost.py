"""What a phase or a fixture raised, seen before a hook around it can swallow it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from release_gate.in_pytest.unheard import Listening


class Innermost:
    """Wrappers within those of every other plugin. raised: in the phase that is going on.

    pytest before 8.4 puts hooks of its own for threads and the like in place in each phase: the listening is within.
    """

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self.raised: BaseException | None = None
        self._in_fixture: BaseException | None = None

    def forget(self) -> None:
        """Another phase begins."""
        self.raised = None

    @contextmanager
    def around_fixture(self) -> Iterator[None]:
        """Outside of every hook of a fixture's set-up: one that raised within and does not out here was swallowed.

        A test or a fixture may catch what another fixture raises; a hook may not.
        """
        try:
            yield
            self.raised = self.raised or self._in_fixture
        finally:
            self._in_fixture = None

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        with self._seen():
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        with self._seen():
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        with self._seen():
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(self) -> Generator[None, object, object]:
        try:
            made = yield
        except BaseException as error:
            self._in_fixture = error
            raise
        self._in_fixture = None
        return made

    @contextmanager
    def _seen(self) -> Iterator[None]:
        self._listening.install()
        try:
            yield
        except BaseException as error:
            self.raised = error
            raise

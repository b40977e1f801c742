"""Records the teardowns of fixtures of a wider scope than one test, in which a time limit may be exceeded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from release_gate.in_pytest.failures.stacks import Stacks
from release_gate.in_pytest.fixtures import Fixture
from release_gate.in_pytest.open_run import OpenRun
from release_gate.record.clock import CLOCK
from release_gate.rules.model import Verdict


class ComingDown:
    """Records begin and end of the teardown of each wider fixture, in a run with a time limit.

    Such a teardown happens after the last check that used the fixture, and within its limit; it is not that check's.
    """

    def __init__(self, gate: OpenRun, stacks: Stacks) -> None:
        self._gate = gate
        self._stacks = stacks
        self._began: dict[str, float] = {}

    @contextmanager
    def around(self, fixture: pytest.FixtureDef[object], known: Fixture | None) -> Iterator[None]:
        """The set-up of a fixture. What is registered before it is called after the fixture's own teardown."""
        if known is None or known.scope == "function" or not self._stacks.limited:
            yield
            return
        fixture.addfinalizer(partial(self._end, known))
        yield
        fixture.addfinalizer(partial(self._begin, known))

    def _begin(self, fixture: Fixture) -> None:
        self._began[fixture.named] = CLOCK.seconds()
        self._gate.write("coming_down", fixture=fixture.named)

    def _end(self, fixture: Fixture) -> None:
        began_s = self._began.pop(fixture.named, None)
        if began_s is None:
            return
        self._gate.write("came_down", fixture=fixture.named)
        took_s = CLOCK.seconds() - began_s
        check, limit_s = self._stacks.extended_by(took_s)
        if limit_s is not None and took_s > limit_s:
            why = f"{fixture.named} took {took_s:.4g} s to come down, and the timeout_s of {check} is {limit_s:g}."
            self._gate.problem(Verdict.INCOMPLETE, "FIXTURE_TEARDOWN", why)

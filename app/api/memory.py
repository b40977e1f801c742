"""Whole-run figures, computed once per run and process: a published snapshot never changes, so neither do they.

Nothing is ever outdated, because the run is part of the question: a publication or a rollback asks anew. What the gates
say is not remembered here; it is looked up on each request.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa

from app.planning.run import Run

Result = TypeVar("Result")
RUNS_REMEMBERED = 2
"""The live run and, across a rollback, the one before."""


class _Slot:
    """One figure of one run; its lock lets a single request compute it while others wait for the result."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.result: Any = None


class Memory:
    """The figures of the runs last asked for; one per process, safe for its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: OrderedDict[Run, dict[Callable[..., Any], _Slot]] = OrderedDict()

    def figure(self, question: Callable[[sa.Connection, Run], Result], connection: sa.Connection, run: Run) -> Result:
        """The question's answer about the run. A question that fails is asked again by the next request."""
        with self._lock:
            slot = self._runs.setdefault(run, {}).setdefault(question, _Slot())
            self._runs.move_to_end(run)
            while len(self._runs) > RUNS_REMEMBERED:
                self._runs.popitem(last=False)
        with slot.lock:
            if slot.result is None:
                slot.result = question(connection, run)
            result: Result = slot.result
        return result

"""The collection of a gate run: what was found is put in order, journaled, and compared with what is required."""

from __future__ import annotations

import pytest

from release_gate.in_pytest.items import check_of, distinct_names
from release_gate.in_pytest.open_run import OpenRun
from release_gate.in_pytest.refusals import collection_problems
from release_gate.record.findings import one_line
from release_gate.record.records import Case
from release_gate.rules.model import Verdict


class Collecting:
    """The hooks of the collection, in the order of their calls."""

    def __init__(self, gate: OpenRun) -> None:
        self._gate = gate
        self._deselected: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        self._gate.leave_if_refused()

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self._deselected += [item.nodeid for item in items if next(item.iter_markers("check"), None)]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            message = f"{report.nodeid} could not be collected: {one_line(str(report.longrepr)[-300:])}"
            self._gate.problem(Verdict.INCOMPLETE, "COLLECTION_ERROR", message)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Criteria in their order; within one, as the files have it."""
        items.sort(key=lambda item: self._gate.declaration.place(self._gate.criterion_of(check_of(item))))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._gate.names = distinct_names(dict.fromkeys(item.nodeid for item in session.items), self._gate.redactor)
        self._gate.cases = {
            item.nodeid: Case(self._gate.name_of(item.nodeid), check_of(item)) for item in session.items
        }
        listed = [{"nodeid": self._gate.name_of(item.nodeid), "check": check_of(item)} for item in session.items]
        self._gate.write("collected", items=listed)
        broken = session.testsfailed > 0
        self._gate.refuse(
            collection_problems(
                self._gate.config, self._gate.declaration, session.items, self._deselected, broken=broken
            )
        )
        self._gate.leave_if_refused()
        self._gate.board.open(self._gate.folder.name)
        self._gate.board_open = True

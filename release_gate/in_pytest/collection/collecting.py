"""The collection of a gate run: orders the tests, journals them, and compares them with the required ones."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from _pytest.pathlib import ImportPathMismatchError

from release_gate.in_pytest.collection.generated import Generated
from release_gate.in_pytest.failures.hooks import hook_of, place_of, told
from release_gate.in_pytest.garbage import collection_held_back
from release_gate.in_pytest.items import check_named_by, distinct_names, function_id
from release_gate.in_pytest.open_run import OpenRun
from release_gate.in_pytest.refusals import collection_problems
from release_gate.in_pytest.source_code.definitions import definitions
from release_gate.in_pytest.source_code.sources import Sources
from release_gate.record.causes import named, one_line, root_of
from release_gate.record.files import shown_path
from release_gate.record.records import Case
from release_gate.rules.model import Verdict


class Collecting:
    """The hooks of the collection, in the order of their calls."""

    def __init__(self, gate: OpenRun, generated: Generated, sources: Sources) -> None:
        self._gate = gate
        self._generated = generated
        self._sources = sources
        self._deselected: list[pytest.Item] = []
        self._broken: set[str] = set()
        self._told: BaseException | None = None
        self._skipped: dict[str, frozenset[str]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        self._gate.leave_if_refused()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pycollect_makeitem(
        self, collector: pytest.Collector, name: str, obj: object
    ) -> Generator[None, Any, Any]:
        """The innermost wrapper: sees pytest's items before another wrapper can remove one."""
        self._sources.note_module(collector)
        self._generated.note_cases(collector, name, obj)
        made = yield
        for one in made if isinstance(made, list) else [made]:
            if isinstance(one, pytest.Item):
                self._note(one)
        return made

    @pytest.hookimpl(tryfirst=True)
    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self._note(item)

    def _note(self, item: pytest.Item) -> None:
        self._generated.note(item)
        self._sources.note(item)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self._deselected += [item for item in items if next(item.iter_markers("check"), None)]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Record why a module was left out: it failed, skipped itself, or ended the process."""
        try:
            report = yield
        except BaseException as error:
            if error is not self._told:
                self._told = self._gate.ended_by = error
                self._left_out(collector.nodeid, self._ended_by(error))
            raise
        excinfo = getattr(vars(report).get("call"), "excinfo", None)
        if report.failed:
            why = self._why_failed(excinfo.value) if excinfo is not None else one_line(str(report.longrepr)[-300:])
            self._left_out(report.nodeid, why)
        elif report.skipped:
            self._skipped[_skip_of(report, self._gate.declaration.root)] = _checks_in(collector.path)
        return report

    def _left_out(self, nodeid: str, why: str) -> None:
        self._broken.add(nodeid)
        message = f"{nodeid or 'The folder of the tests'} could not be collected: {why}"
        self._gate.problem(Verdict.INCOMPLETE, "COLLECTION_ERROR", message)

    def _why_failed(self, error: BaseException) -> str:
        # pytest before 8.3 reports a SystemExit as a failed collection.
        return self._ended_by(error) if isinstance(error, SystemExit) else _cause(error)

    def _ended_by(self, error: BaseException) -> str:
        place = place_of(error, self._gate.declaration.root)
        return f"{named(root_of(error))}{f' ({place})' if place else ''}"

    def _note_end_from_within(self) -> None:
        """Record the exception with which a hook ends the collection; pytest calls this hook before it is raised."""
        error = sys.exception()
        if error is not None and error is not self._told:
            self._broken.add("")
            self._gate.ended_by = error
            code = "HOOK_FAILED" if hook_of(error) else "COLLECTION_ERROR"
            self._gate.problem(Verdict.INCOMPLETE, code, told(error, self._gate.declaration.root))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort the tests by criterion, in declared order; tests of one criterion keep the order of their files."""
        places = {criterion.id: place for place, criterion in enumerate(self._gate.declaration.criteria)}

        def order_of(item: pytest.Item) -> int:
            criterion = self._gate.criterion_of(self._generated.check_of(item))
            return places.get(criterion, len(places))

        items.sort(key=order_of)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        gate = self._gate
        marks = [[*item.iter_markers("check")] for item in session.items]
        checks = [check_named_by(next(iter(own), None)) for own in marks]
        found = [
            (item.nodeid, check, gate.redactor(function_id(item)))
            for item, check in zip(session.items, checks, strict=True)
        ]
        gate.names = distinct_names(dict.fromkeys(nodeid for nodeid, _, _ in found), gate.redactor)
        gate.cases = {nodeid: Case(gate.name_of(nodeid), check, function) for nodeid, check, function in found}
        listed = [
            {"nodeid": gate.name_of(nodeid), "check": check, "function": function} for nodeid, check, function in found
        ]
        gate.write("collected", items=listed)
        self._note_end_from_within()
        with collection_held_back():
            gate.refuse(self._generated.problems(session.items, self._deselected, checks, self._broken))
            gate.refuse(self._sources.problems(session.items, self._generated.modules.files()))
        gate.refuse(
            collection_problems(
                gate.config,
                gate.declaration,
                session.items,
                marks,
                self._deselected,
                self._skipped,
                broken=bool(self._broken),
            )
        )
        gate.leave_if_refused()
        gate.board.open(gate.folder.name)
        gate.board_open = True


def _skip_of(report: pytest.CollectReport, root: Path) -> str:
    """`tests/test_b.py skipped itself as it was imported (tests/test_b.py:3): no kettle here`."""
    path, line, reason = report.longrepr if isinstance(report.longrepr, tuple) else ("", 0, str(report.longrepr))
    place = f" ({shown_path(Path(path), root)}:{line})" if path else ""
    why = one_line(reason.removeprefix("Skipped: "))
    return f"{report.nodeid} skipped itself as it was imported{place}: {why}"


def _checks_in(path: Path) -> frozenset[str]:
    """The ids of the checks that a module, or the modules of a folder, have in their source."""
    files = path.rglob("*.py") if path.is_dir() else [path]
    return frozenset(check for file in files for one in definitions(file) for check in one.checks)


def _cause(error: BaseException) -> str:
    """The root cause of a failed collection; pytest puts an ImportError or a SyntaxError into one of its own."""
    if not isinstance(error, pytest.Collector.CollectError):
        return named(root_of(error))
    inner = error.__cause__
    within = isinstance(inner, SyntaxError | ImportError) and not isinstance(inner, ImportPathMismatchError)
    return named(root_of(inner)) if inner is not None and within else one_line(str(error))

"""Records the tests that pytest generated, before a hook can remove one, and compares them with those that run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import repeat
from operator import is_, is_not
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from release_gate.in_pytest.collection.modules_of_checks import ModulesOfChecks, is_of, listed
from release_gate.in_pytest.fixtures import own_subtests
from release_gate.in_pytest.items import check_of, function_name
from release_gate.in_pytest.parameters import TablesOfCases
from release_gate.in_pytest.refusals import Refusal
from release_gate.in_pytest.source_code.bodies import function_of, plain
from release_gate.in_pytest.source_code.cases import cases_of_fixtures, cases_of_marks
from release_gate.in_pytest.source_code.definitions import definitions
from release_gate.rules.model import Verdict

DECIDING = frozenset({"not_measured", "expect"})
"""Methods of the fixture `evidence` that can decide an outcome."""
GATE_FIXTURES = "release_gate.plugin"


class Generated:
    """The generated tests, by identity, with their functions at that time."""

    def __init__(self, root: Path) -> None:
        self._items: dict[int, pytest.Item] = {}
        self._checks: dict[int, str] = {}
        self._functions: dict[int, Any] = {}
        self._parameters: dict[int, dict[str, Any]] = {}
        self._fixtures: dict[int, tuple[str, ...]] = {}
        self._chosen: dict[int, pytest.Item] = {}
        self._codes: dict[int, CodeType] = {}
        self._defaults: dict[int, tuple[Any, Any]] = {}
        self._cases: dict[tuple[str, str], int] = {}
        self.modules = ModulesOfChecks(root, self._items, self._checks, self._codes)
        self.tables = TablesOfCases()

    def note_cases(self, collector: pytest.Collector, name: str, obj: object) -> None:
        """Record the least number of cases by a function's marks; a hook may change the marks afterwards."""
        count = cases_of_marks(collector, obj)
        if count is not None:
            self._cases[collector.nodeid, name] = count

    def note(self, item: pytest.Item) -> None:
        """Record a generated test."""
        if id(item) in self._codes:  # the hook is called twice for it
            return
        function = function_of(item)
        if id(item) not in self._items:
            self._items[id(item)] = item
            self._checks[id(item)] = check_of(item)
            self._functions[id(item)] = plain(getattr(item, "obj", None))
            self._parameters[id(item)] = dict(getattr(getattr(item, "callspec", None), "params", {}))
            self.tables.note(self._parameters[id(item)].values())
            self._fixtures[id(item)] = tuple(getattr(item, "fixturenames", ()))
        if function is not None:
            self._codes.setdefault(id(item), function.__code__)
            self._defaults.setdefault(id(item), (function.__defaults__, function.__kwdefaults__))

    def check_of(self, item: pytest.Item) -> str:
        """The check that a test had when it was generated, or else has now: pytest looks for it in all above a test."""
        return self._checks.get(id(item)) or check_of(item)

    def function_of(self, item: pytest.Item) -> tuple[CodeType | None, Any]:
        """The code of a generated test's own function, and the function with its decorators."""
        return self._codes.get(id(item)), self._functions.get(id(item))

    def alterations(self, item: pytest.Item) -> list[Refusal]:
        """Differences between a test that is about to run and the collected one."""
        return [] if self._is_as_collected(item) else [*self._alterations(item)]

    def _is_as_collected(self, item: pytest.Item) -> bool:
        """True only if `_alterations` would find nothing; fast, as it runs twice with each test."""
        key, own = id(item), vars(item)
        function, code = function_of(item), self._codes.get(key)
        if key not in self._chosen or function is None or function.__code__ is not code:
            return False
        defaults, of_names = self._defaults[key]
        if function.__defaults__ is not defaults or function.__kwdefaults__ is not of_names:
            return False
        before, now = self._parameters.get(key, {}), getattr(own.get("callspec"), "params", {})
        if before and not all(map(is_, map(now.get, before, repeat(before)), before.values())):
            return False
        if tuple(getattr(item, "fixturenames", ())) != self._fixtures.get(key) or _is_deaf(item, code):
            return False
        return "setup" not in own and "runtest" not in own and "teardown" not in own

    def _alterations(self, item: pytest.Item) -> Iterator[Refusal]:
        if id(item) not in self._chosen:
            why = f"{item.nodeid} is not the test that was collected: a hook put another one into its place."
            yield Verdict.INCOMPLETE, "REPLACED", why
        before = self._parameters.get(id(item), {})
        now = getattr(getattr(item, "callspec", None), "params", {})
        changed = sorted(name for name in before if now.get(name, before) is not before[name])
        if changed:
            why = f"{item.nodeid} was collected with another {', '.join(changed)}: a hook changed its parameters."
            yield Verdict.INCOMPLETE, "REPLACED", why
        dropped = [name for name in self._fixtures.get(id(item), ()) if name not in getattr(item, "fixturenames", ())]
        if dropped:
            why = f"{item.nodeid} was collected with the fixture {', '.join(dropped)}: a hook took it away."
            yield Verdict.INCOMPLETE, "REPLACED", why
        function = function_of(item)
        if function is not None and function.__code__ is self._codes.get(id(item)):
            defaults = function.__defaults__, function.__kwdefaults__
            if any(map(is_not, defaults, self._defaults[id(item)])):
                why = f"{item.nodeid} was collected with other defaults of its parameters: a hook changed them."
                yield Verdict.INCOMPLETE, "REPLACED", why
        own = [name for name in ("setup", "runtest", "teardown") if name in vars(item)]
        if own:
            why = f"A hook put another {', '.join(own)} into the place of {item.nodeid}'s."
            yield Verdict.INCOMPLETE, "REPLACED", why
        if _is_deaf(item, self._codes.get(id(item))):
            why = (
                f"{item.nodeid} tells evidence what it could not measure or expects, and a fixture of the project that "
                "asks for none of the gate's has that name: nothing of it is heard."
            )
            yield Verdict.INCOMPLETE, "REPLACED", why

    def problems(
        self,
        items: Sequence[pytest.Item],
        deselected: Sequence[pytest.Item],
        checks: Sequence[str],
        broken: Collection[str] = (),
    ) -> Iterator[Refusal]:
        """Differences between the tests to run and the generated ones, and tests in their modules that never run.

        checks: the check that each item has now. broken: node ids of modules and classes that could not be collected;
        pytest takes none of their tests.
        """
        self._forget(broken)
        self._chosen = {id(item): item for item in items}
        left = {id(item): item for item in [*items, *deselected]}
        absent = [item for key, item in self._items.items() if key not in left and self._checks[key]]
        named = {(item.nodeid, self._codes.get(key)) for key, item in left.items()} if absent else set()
        gone = [item for item in absent if not self._made_anew(item, named)]
        gone_names = [f"{one.nodeid} ({self._checks[id(one)]})" for one in gone]
        removed = {(one.parent.nodeid, function_name(one)) for one in gone if one.parent is not None}
        gone_names += self._missing_cases(removed)
        if gone_names:
            message = f"Collected and then removed by a hook or a plugin: {listed(gone_names)}."
            yield Verdict.INCOMPLETE, "REMOVED", message
        yield from self._remarked({id(item): check for item, check in zip(items, checks, strict=True)})
        yield from own_subtests(self._items.values())
        yield from self.modules.problems()

    def _forget(self, broken: Collection[str]) -> None:
        for key, item in list(self._items.items()) if broken else ():
            if any(above.nodeid and above.nodeid in broken for above in item.listchain()):
                del self._items[key]

    def _remarked(self, present: Mapping[int, str]) -> Iterator[Refusal]:
        names = [
            f"{item.nodeid} ({self._checks[key]})"
            for key, item in self._items.items()
            if self._checks[key] and self._checks[key] != (present[key] if key in present else check_of(item))
        ]
        if names:
            message = f"A hook took away the check that its source names: {listed(names)}."
            yield Verdict.INCOMPLETE, "REMARKED", message

    def _made_anew(self, item: pytest.Item, left: set[tuple[str, CodeType | None]]) -> bool:
        """True if a plugin has made another item of the same function, as pytest-asyncio does."""
        code = self._codes.get(id(item))
        return code is not None and (item.nodeid, code) in left

    def _missing_cases(self, removed: set[tuple[str, str]]) -> Iterator[str]:
        names: dict[tuple[str, str], set[str]] = {}
        of_fixtures: dict[tuple[str, str], int] = {}
        looked_at: set[tuple[int, int]] = set()
        for item in self._items.values():
            if item.parent is not None and self._checks[id(item)]:
                key = item.parent.nodeid, function_name(item)
                names.setdefault(key, set()).add(item.nodeid)
                shared = id(self._codes.get(id(item))), id(getattr(item, "_fixtureinfo", item))
                if shared not in looked_at:  # the cases of one function share both
                    looked_at.add(shared)
                    self._cases[key] = max(self._cases.get(key, 0), self._written_cases(item))
                    of_fixtures[key] = cases_of_fixtures(item)
        for key, cases in names.items():
            expected = max(self._cases.get(key, 0), 1) * of_fixtures[key]
            if len(cases) < expected and key not in removed:
                yield f"{expected - len(cases)} of {expected} cases of {'::'.join(key)}"

    def _written_cases(self, item: pytest.Item) -> int:
        """The number of cases listed in the source of its function, if they are listed there."""
        code = self._codes.get(id(item))
        found = definitions(item.path) if code is not None and is_of(code, item.path) else ()
        return next((one.cases for one in found if code is not None and one.line == code.co_firstlineno), 0)


def _is_deaf(item: pytest.Item, code: CodeType | None) -> bool:
    """True if its `evidence` is used and is another fixture than the gate's, not derived from it."""
    if code is None or DECIDING.isdisjoint(code.co_names):
        return False
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).get("evidence", ())
    above = known[:-1] if known and "evidence" in known[-1].argnames else known
    return bool(above) and above[-1].func.__module__ != GATE_FIXTURES

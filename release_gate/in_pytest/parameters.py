"""Compares the values that a parametrised test was collected with and those that it is called with."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from _pytest import python

from release_gate.in_pytest.refusals import Refusal
from release_gate.in_pytest.source_code.installed import is_class_of_package
from release_gate.in_pytest.source_code.namespaces import CONTAINERS, held_by
from release_gate.rules.model import Verdict

DIRECT = "get_direct_param_fixture_func"
"""The name of pytest's fixture that passes a value on unchanged; an `indirect` one is made by the project."""
PASSING_ON = getattr(python, DIRECT, None)
"""Its function, saved before code of a project could replace it."""

LAZY = frozenset({"pytest_lazyfixture", "pytest_lazy_fixtures", "pytest_cases"})
"""Plugins that replace an object of theirs by the value of a fixture."""

RESOLVED = frozenset({"pytest_trio", *LAZY})
"""Plugins whose fixtures hold an object of theirs until the test is called."""


class TablesOfCases:
    """Lists, dicts and sets among the values of cases, and what they held when the tests were made."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[object, bytes, int]] = {}

    def note(self, values: Iterable[object]) -> None:
        """Keep what the tables among a case's values hold, and how many cases have the same one."""
        for value in values:
            if type(value) in CONTAINERS:
                kept = self._held.get(id(value), (value, held_by(value), 0))
                self._held[id(value)] = (*kept[:2], kept[2] + 1)

    def altered(self, request: pytest.FixtureRequest, name: str, made: object) -> list[Refusal]:
        """A refusal where a case's own table holds something else as the test gets it.

        Two cases may share one, and the first of them may change it.
        """
        value, held, count = self._held.get(id(made), (None, b"", 0))
        if value is not made or count != 1 or held_by(made) == held:
            return []
        nodeid = request.node.nodeid
        why = f"{nodeid} was collected with another content of {name}: a hook changed the value of its case."
        return [(Verdict.INCOMPLETE, "REPLACED", why)]


def passes_on(fixture: pytest.FixtureDef[object]) -> bool:
    """True for pytest's own fixture of a parameter, in which no code of the project runs."""
    return fixture.func is PASSING_ON


def values_of(item: Any) -> dict[str, Any]:
    """The values of a test's case by parameter, without those that a plugin fills in later."""
    values = getattr(getattr(item, "callspec", None), "params", {})
    return {name: value for name, value in values.items() if not _is_of_plugin(value, LAZY, item.config)}


def _is_of_plugin(value: object, plugins: frozenset[str], config: pytest.Config) -> bool:
    """True for an object of a class that such a plugin defines.

    Not for a module of that name in the judged project, nor for a class or a module that only claims to be the
    plugin's.
    """
    kind = type(value)
    name = kind.__module__.partition(".")[0]
    if name not in plugins or getattr(sys.modules.get(kind.__module__), kind.__qualname__, None) is not kind:
        return False
    file = getattr(sys.modules[kind.__module__], "__file__", None) or ""
    return is_class_of_package(kind, file, config)


def direct_values_of(item: Any) -> dict[str, Any]:
    """The values that its function receives unchanged."""
    known: Mapping[str, Any] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    return {
        name: value
        for name, value in values_of(item).items()
        if known.get(name) and getattr(known[name][-1].func, "__name__", "") == DIRECT
    }


def altered_values(request: pytest.FixtureRequest, name: str, made: object) -> list[Refusal]:
    """Fixtures that were made with another value than the case's."""
    item = getattr(request, "_pyfuncitem", None)
    given = getattr(getattr(item, "callspec", None), "params", {})
    if name not in given or (made is given[name] and getattr(request, "param", made) is made):
        return []
    values = values_of(item)
    if name not in values:
        return []
    direct = name in direct_values_of(item)
    if getattr(request, "param", values[name]) is not values[name] or (direct and made is not values[name]):
        return [_altered(item, name)]
    return []


def alterations_of_call(item: Any, called_with: Mapping[str, Any]) -> Iterator[Refusal]:
    """Arguments of a call that differ from the values of its case and its fixtures."""
    given = getattr(getattr(item, "callspec", None), "params", {})
    if any(called_with.get(name, value) is not value for name, value in given.items()):
        for name, value in direct_values_of(item).items():
            if called_with.get(name, value) is not value:
                yield _altered(item, name)
    for name, value in _made_for(item):
        if called_with.get(name, value) is not value and not _is_of_plugin(value, RESOLVED, item.config):
            why = f"{item.nodeid} was called with another {name} than its fixture made: something replaced it."
            yield Verdict.INCOMPLETE, "REPLACED", why


def _made_for(item: Any) -> Iterator[tuple[str, Any]]:
    """The values of a test's fixtures, without those of its case."""
    definitions: Mapping[str, Any] = getattr(getattr(item, "_request", None), "_fixture_defs", {})
    of_case = getattr(getattr(item, "callspec", None), "params", {})
    for name in definitions.keys() - of_case.keys():
        made = getattr(definitions[name], "cached_result", None)
        if made and made[2] is None:
            yield name, made[0]


def _altered(item: Any, name: str) -> Refusal:
    why = f"{item.nodeid} was collected with another {name}: a hook changed the value of its case."
    return Verdict.INCOMPLETE, "REPLACED", why

"""Refuses a run in which the gate's own functions, or those by which tests judge, were changed."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from release_gate.in_pytest.refusals import Refusal
from release_gate.in_pytest.source_code.identity import Joint
from release_gate.in_pytest.source_code.installed import is_of_package
from release_gate.in_pytest.source_code.judging_tools import Tools, strange_tools
from release_gate.in_pytest.source_code.own_modules import OwnModules
from release_gate.rules.model import Verdict


class JudgingCode:
    """gate: the gate's own functions before any code of the project ran; tools: those by which tests judge."""

    def __init__(self, config: pytest.Config, gate: OwnModules, tools: OwnModules) -> None:
        self._config = config
        self._gate = gate
        self._tools = tools
        self._names: set[str] = set()
        self._all_tools: Tools | None = None
        self._joint = Joint(gate.untouched_during_tests, tools.untouched_during_tests)

    def alterations(self) -> list[Refusal]:
        """A refusal where a function of the gate was replaced, and where the project replaced one of the others."""
        tools = [*self._tools.altered(self._is_of_package), *strange_tools(self._is_of_package)]
        return self._told(self._gate.altered(), tools)

    def allow(self) -> None:
        """Accept the present tools: a fixture, a test or a teardown has just run."""
        if self._all_tools is None:
            self._all_tools = Tools()
        elif not self._all_tools.untouched.is_certain():
            self._all_tools.allow()

    def alterations_by_hooks(self) -> list[Refusal]:
        """A refusal where something else than a fixture or a test has replaced a tool. Fast, as it runs twice with
        each test."""
        changed = self._all_tools.changed(self._is_of_package) if self._all_tools is not None else ()
        return self._told((), changed) if changed else []

    def alterations_during_tests(self) -> list[Refusal]:
        """The same for the functions that are called while tests run, the gate's and those that judge. Fast, as it
        runs twice with each test."""
        if self._joint.is_certain():
            return []
        tools, gate = self._tools.altered_during_tests(self._is_of_package), self._gate.altered_during_tests()
        self._joint.follow()
        return self._told(gate, tools)

    def _is_of_package(self, value: object) -> bool:
        return is_of_package(value, self._config)

    def _told(self, gate: Iterable[str], tools: Iterable[str]) -> list[Refusal]:
        """A refusal each for the gate's functions and for the others; of a name only once."""
        found = []
        if new := self._untold(gate):
            found.append(f"The gate's own {', '.join(new[:3])} was changed in its process, so that it judges nothing.")
        if new := self._untold(tools):
            found.append(
                f"{', '.join(new[:3])} was changed by the project: what the checks judge by may accept anything."
            )
        return [(Verdict.INCOMPLETE, "REPLACED", why) for why in found]

    def _untold(self, names: Iterable[str]) -> list[str]:
        new = [one for one in dict.fromkeys(names) if one not in self._names]
        self._names.update(new)
        return new

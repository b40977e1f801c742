"""The names of acceptance modules and test classes: only import, fixtures and tests may give them another value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import is_
from types import FunctionType, ModuleType
from typing import Any

from release_gate.record.causes import is_of_library

CONSTANTS = frozenset({bool, int, float, complex, str, bytes, tuple, frozenset, list, dict, set})
"""Types of values that a module writes down itself; without None, which other code may fill later."""
NOT_LOOKED_AT = frozenset({"pytestmark", "pytest_plugins"})

Kept = tuple[list[str], list[Any]]
Owner = ModuleType | type


class Namespaces:
    """The values of each module and class as they were last allowed to change."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Owner, Kept]] = {}

    def note(self, owner: object) -> None:
        """Keep the values of a module that was just imported, or of a class of it."""
        if isinstance(owner, ModuleType | type) and id(owner) not in self._kept:
            self._kept[id(owner)] = owner, _values_of(vars(owner))

    def allow(self, owner: object) -> None:
        """Keep the present values: the code that has just run may change them."""
        if id(owner) in self._kept and isinstance(owner, ModuleType | type):
            names, values = self._kept[id(owner)][1]
            if not _are_same(vars(owner), names, values):
                self._kept[id(owner)] = owner, _values_of(vars(owner))

    def owners(self) -> list[Owner]:
        return [owner for owner, _ in self._kept.values()]

    def changed(self, owner: object) -> list[str]:
        """The names whose value has changed since."""
        if id(owner) not in self._kept or not isinstance(owner, ModuleType | type):
            return []
        space, (names, values) = vars(owner), self._kept[id(owner)][1]
        if _are_same(space, names, values):
            return []
        return [name for name, value in zip(names, values, strict=True) if space.get(name) is not value]


def _are_same(space: Mapping[str, Any], names: list[str], values: list[Any]) -> bool:
    return all(map(is_, map(space.get, names), values))


def _values_of(space: Mapping[str, Any]) -> Kept:
    found = dict(_own(space))
    return [*found], [*found.values()]


def _own(space: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The owner's constants, functions of the project, and own classes; freezegun may replace those of libraries."""
    for name, value in list(space.items()):
        if name.startswith(("_pytest", "_class", "__", "@")) or name in NOT_LOOKED_AT:
            continue
        if type(value) in CONSTANTS or _is_of_project(value, space):
            yield name, value


def _is_of_project(value: object, space: Mapping[str, Any]) -> bool:
    if type(value) is FunctionType:
        return not is_of_library(value.__code__, value.__globals__)
    return issubclass(type(value), type) and vars(value).get("__module__") == space.get(
        "__module__", space.get("__name__")
    )

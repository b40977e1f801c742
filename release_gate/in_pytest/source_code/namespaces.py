"""The names of acceptance modules and test classes: only import, fixtures and tests may give them another value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from marshal import dumps  # bound here: a check may replace it
from types import FunctionType, ModuleType
from typing import Any

from release_gate.in_pytest.source_code.identity import Values
from release_gate.record.causes import is_of_library

CONSTANTS = frozenset({bool, int, float, complex, str, bytes, tuple, frozenset, list, dict, set})
"""Types of values that a module writes down itself; without None, which other code may fill later."""
CONTAINERS = frozenset({list, dict, set})
MOST_ENTRIES = 1000
"""Tables with more are not compared by what they hold."""
NOT_LOOKED_AT = frozenset({"pytestmark", "pytest_plugins"})

Owner = ModuleType | type


class _Kept:
    """The values of a module or class by name, at one time."""

    __slots__ = ("_all", "_held", "by_name", "owner")

    def __init__(self, owner: Owner, tables: Iterable[str] | None = None) -> None:
        """tables: the names of tables that the import filled; those of now if None."""
        self.owner = owner
        self._all = Values(vars(owner))
        self.by_name = dict(_own(vars(owner)))
        names = _tables(self.by_name) if tables is None else [name for name in tables if name in self.by_name]
        self._held = [(name, self.by_name[name], held_by(self.by_name[name])) for name in names]

    def again(self) -> _Kept:
        """The same names with their values of now."""
        return _Kept(self.owner, [name for name, _, _ in self._held])

    def changed(self) -> list[str]:
        """The names that have another value. Fast where no value has changed, as it runs several times with a test."""
        filled = [name for name, value, held in self._held if held_by(value) != held] if self._held else []
        if self._all.are_same():
            return filled
        present, space = Values(vars(self.owner)), vars(self.owner)
        found = [name for name, value in self.by_name.items() if space.get(name) is not value]
        if not found:
            self._all = present  # another name has changed
        return [*found, *filled]


class Namespaces:
    """The values of each module and class as they were last allowed to change."""

    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}

    def note(self, owner: object) -> None:
        """Keep the values of a module that was just imported, or of a class of it."""
        if isinstance(owner, ModuleType | type) and id(owner) not in self._kept:
            self._kept[id(owner)] = _Kept(owner)

    def allow(self, owner: object) -> None:
        """Keep the present values: the code that has just run may change them."""
        kept = self._kept.get(id(owner))
        if kept is not None and kept.changed():
            self._kept[id(owner)] = kept.again()

    def owners(self) -> list[Owner]:
        return [kept.owner for kept in self._kept.values()]

    def changed(self, owner: object) -> list[str]:
        """The names whose value has changed since."""
        kept = self._kept.get(id(owner))
        return kept.changed() if kept is not None else []


def _own(space: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The owner's constants, functions of the project, and own classes; freezegun may replace those of libraries."""
    for name, value in list(space.items()):
        if name.startswith(("_pytest", "_class", "__", "@")) or name in NOT_LOOKED_AT:
            continue
        if type(value) in CONSTANTS or _is_of_project(value, space):
            yield name, value


def _tables(by_name: Mapping[str, Any]) -> list[str]:
    """The names of tables that the module wrote down; what is empty, or in small letters, is there to be filled."""
    return [name for name, value in by_name.items() if name.isupper() and type(value) in CONTAINERS and value]


def held_by(value: Any) -> bytes:
    """Contents of a list, dict or set of plain values; nothing of other objects, which may do anything when asked."""
    try:
        return dumps(value, 2) if type(value) in CONTAINERS and len(value) <= MOST_ENTRIES else b""
    except ValueError:
        return b""


def _is_of_project(value: object, space: Mapping[str, Any]) -> bool:
    if type(value) is FunctionType:
        return not is_of_library(value.__code__, value.__globals__)
    return issubclass(type(value), type) and vars(value).get("__module__") == space.get(
        "__module__", space.get("__name__")
    )

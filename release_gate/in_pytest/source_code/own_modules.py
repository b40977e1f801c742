"""Functions as they were loaded, before code of a project could change them: the gate's, and those that judge."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter, is_, itemgetter
from types import FunctionType
from typing import Any

import pytest

PACKAGE = "release_gate"
CODE = attrgetter("__code__")
TOOLS = frozenset(
    one.__module__ for one in (pytest.raises, pytest.warns, pytest.approx, pytest.fail, unittest.TestCase)
) | {"pytest"}
"""Modules of pytest.raises, warns, approx and fail, and of unittest's assert methods."""


def is_gate(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE


def is_tool(module: str) -> bool:
    return module in TOOLS


class OwnModules:
    """Every function and class that is loaded now from modules for which `are_meant` is true."""

    def __init__(self, are_meant: Callable[[str], bool] = is_gate) -> None:
        self._spaces = {place: (space, names) for place, (space, names) in _spaces(are_meant) if names}
        # The first name twice, because itemgetter gives a tuple from two names on.
        self._read = [(itemgetter(next(iter(names)), *names), space) for space, names in self._spaces.values()]
        self._values = self._now()
        own = [one for _, names in self._spaces.values() for one in names.values()]
        self._functions = [one for one in own if type(one) is FunctionType]
        self._codes = [*map(CODE, self._functions)]

    def _now(self) -> list[Any]:
        return [value for read, space in self._read for value in read(space)]

    def altered(self, but_by: tuple[str, ...] = ()) -> list[str]:
        """The names of functions and classes that were replaced or have other code. Fast: it runs around each check.

        but_by: folders whose code may replace them.
        """
        found: list[str] = []
        try:
            # By identity: an object in the place of a function may claim to equal anything.
            same = all(map(is_, self._now(), self._values))
        except KeyError:  # one is gone
            same = False
        for place, (space, names) in () if same else self._spaces.items():
            found += [
                f"{place}.{name}"
                for name, value in names.items()
                if space.get(name) is not value and not _is_from(space.get(name), but_by)
            ]
        if [*map(CODE, self._functions)] != self._codes:
            changed = zip(self._functions, self._codes, strict=True)
            found += [
                f"{one.__module__}.{one.__qualname__}"
                for one, code in changed
                if one.__code__ is not code and not _is_from(one, but_by)
            ]
        return found


def _is_from(value: object, folders: tuple[str, ...]) -> bool:
    """True for a function of these folders, or a class of a module that lies there."""
    module = sys.modules.get(value.__module__) if isinstance(value, type) else None
    code = getattr(value, "__code__", None) if isinstance(value, FunctionType) else None
    file = getattr(code, "co_filename", None) or getattr(module, "__file__", None)
    return bool(folders) and isinstance(file, str) and file.startswith(folders)


def _spaces(are_meant: Callable[[str], bool]) -> Iterator[tuple[str, tuple[Mapping[str, Any], dict[str, Any]]]]:
    """The functions and classes in each module that is meant, and the methods of each of its classes."""
    for name, module in list(sys.modules.items()):
        if are_meant(name):
            values = list(vars(module).items())
            own = {key: value for key, value in values if _is_own(value, are_meant)}
            yield name, (vars(module), own)
            for key, value in own.items():
                if isinstance(value, type) and value.__module__ == name:
                    methods = {one: kept for one, kept in vars(value).items() if isinstance(kept, FunctionType)}
                    yield f"{name}.{key}", (vars(value), methods)


def _is_own(value: object, are_meant: Callable[[str], bool]) -> bool:
    return isinstance(value, FunctionType | type) and are_meant(value.__module__)

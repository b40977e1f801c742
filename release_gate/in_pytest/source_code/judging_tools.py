"""Functions by which tests judge that are none of their package's, since whenever: of a sitecustomize.py, for example.

The gate keeps some of them from its own import on (own_modules.py), and what was changed before looks untouched to it.
"""

from __future__ import annotations

import builtins
import contextlib
import re
import sys
from collections.abc import Callable, Iterator
from fnmatch import translate
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

import _pytest

from release_gate.in_pytest.source_code.identity import PARTS, Untouched

TOOLS = {
    "builtins": "all any abs len max min sum sorted round isinstance issubclass hasattr callable repr",
    "math": "isclose",
    "cmath": "isclose",
    "filecmp": "cmp cmpfiles",
    "pytest": "raises warns approx fail",
    "unittest.case TestCase": "assert* fail* subTest run __call__ _callTestMethod",
    "unittest.mock NonCallableMock": "assert_*",
    "unittest.mock CallableMixin": "assert_*",
    "numpy": "isclose allclose array_equal",
    "numpy.testing": "assert_*",
    "pandas.testing": "assert_*",
    "polars.testing": "assert_*",
}
"""Patterns of names, by module or class. Modules that nobody has imported are not looked at."""
PATTERNS = {place: re.compile("|".join(map(translate, names.split()))) for place, names in TOOLS.items()}
BUILTINS = "builtins"
REPLACEABLE = frozenset({"_", "print", "open", "input", "breakpoint", "help", "exit", "quit", "__import__"})
"""Built-in functions that debuggers, translations and the like replace; no check judges by them."""


def strange_tools(is_of_package: Callable[[object], bool]) -> Iterator[str]:
    """The names of functions that are of no installed package."""
    for place, module, owner in _owners():
        folders = _folders_of(module)
        for name, value in _tools_of(place, owner).items():
            function = _function_in(value)
            if function is not None and not _lies_in(function, folders) and not is_of_package(function):
                yield f"{place.replace(' ', '.')}.{name}"


class Tools:
    """The functions by which tests judge, and all that is built into Python, as they were last allowed to change."""

    def __init__(self) -> None:
        self.allow()

    def allow(self) -> None:
        """Keep what there is now: fixtures and tests may replace one."""
        owners = [(place, owner) for place, _, owner in _owners()]
        self._kept = [
            (place.replace(" ", "."), vars(owner), {name: (value, _parts(value)) for name, value in own.items()})
            for place, owner in owners
            if (own := _built_in() if place == BUILTINS else _tools_of(place, owner))
        ]
        functions = [value for _, _, own in self._kept for value, parts in own.values() if parts]
        self.untouched = Untouched(functions, [vars(owner) for _, owner in owners])
        """Certain only if `changed` would find nothing."""

    def changed(self, is_of_package: Callable[[object], bool]) -> list[str]:
        """The names of those that code of the project has replaced since.

        Nothing that is built in is called meanwhile: it may be what was replaced.
        """
        if self.untouched.is_certain():
            return []
        found = []
        for place, space, own in self._kept:
            for name, (value, parts) in own.items():
                now = space.get(name)
                same = now is value and (not parts or value.__code__ is parts[0])
                if not same and (place == BUILTINS or not is_of_package(now)):
                    found.append(f"{place}.{name}")
        if not found:
            self.untouched.renew()
        return found


def _owners() -> Iterator[tuple[str, Any, Any]]:
    """Each place of TOOLS that is loaded, with its module, and the module or class itself."""
    for place in TOOLS:
        module_name, _, owner_name = place.partition(" ")
        module = sys.modules.get(module_name)
        owner: Any = getattr(module, owner_name, None) if owner_name else module
        if owner is not None:
            yield place, module, owner


def _tools_of(place: str, owner: Any) -> dict[str, Any]:
    is_meant = PATTERNS[place].fullmatch
    return {name: value for name, value in list(vars(owner).items()) if is_meant(name)}


def _built_in() -> dict[str, Any]:
    return {name: value for name, value in list(vars(builtins).items()) if callable(value) and name not in REPLACEABLE}


def _parts(value: object) -> tuple[Any, ...]:
    return PARTS(value) if type(value) is FunctionType else ()


def _function_in(value: Any) -> FunctionType | None:
    """The Python function of a name; None for one that is written in C, or a class."""
    if isinstance(value, MethodType | staticmethod | classmethod):
        value = value.__func__
    if isinstance(value, FunctionType):
        return value
    called = vars(type(value)).get("__call__")
    return called if isinstance(called, FunctionType) else None


def _folders_of(module: Any) -> set[Path]:
    """The folders of the module, of pytest, and of contextlib, which decorates some of these functions."""
    own = getattr(module, "__file__", None)
    return {Path(file).parent for file in (own, _pytest.__file__, contextlib.__file__) if file}


def _lies_in(function: FunctionType, folders: set[Path]) -> bool:
    return Path(function.__code__.co_filename).parent in folders

"""Functions as they were loaded, before code of a project could change them: the gate's, and those that judge.

Of the gate's modules the functions and classes that they imported from elsewhere are compared too.
"""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain
from operator import is_, itemgetter
from types import FunctionType
from typing import Any, TypeAlias

import pytest

from release_gate.in_pytest.source_code.identity import PARTS, Untouched, same_parts

PACKAGE = "release_gate"
METHODS = FunctionType | float | Decimal
"""Parts of a class that are compared: its functions, and numbers such as the tolerance of pytest.approx."""
NOT_DURING_TESTS = tuple(
    f"{PACKAGE}.{name}"
    for name in (
        "__main__",
        "child",
        "commands",
        "environment",
        "in_pytest.claims",
        "in_pytest.collection.collecting",
        "in_pytest.collection.loops",
        "in_pytest.collection.modules_of_checks",
        "in_pytest.failures.at_exit",
        "in_pytest.garbage",
        "in_pytest.options",
        "in_pytest.page",
        "in_pytest.portuguese",
        "in_pytest.session",
        "in_pytest.source_code.cases",
        "in_pytest.source_code.imported",
        "record.ctrf",
        "record.witness",
        "rules.declared",
        "rules.named_files",
        "rules.positions",
        "rules.verdict",
        "rules.waivers",
        "sealing",
        "supervisor",
        "telling.annotations",
        "telling.bilingual",
        "telling.closing_lines",
        "telling.colours",
        "telling.github",
        "telling.help_texts",
        "telling.in_portuguese",
        "telling.job_summary",
        "telling.page",
        "telling.reports",
        "telling.said",
        "telling.texts_of_checks",
    )
)
"""Parts of the gate of which nothing is called between the first test's start and the last one's end."""

CLOCK_FAKED = ("datetime", "time")
DISK_FAKED = ("_io", "fcntl", "glob", "io", "os", "pathlib", "posix", "shutil", "tempfile", "_pytest.pathlib")
FAKED = frozenset({*CLOCK_FAKED, *DISK_FAKED})
"""Modules whose functions and classes are replaced wherever they stand, as freezegun and pyfakefs do."""

Space: TypeAlias = tuple[Mapping[str, Any], dict[str, Any]]
"""The names of a module or class, and those of them that are compared, as they were loaded."""
TOOLS = frozenset(
    one.__module__ for one in (pytest.raises, pytest.warns, pytest.approx, pytest.fail, unittest.TestCase)
) | {"pytest", "_pytest.subtests"}
"""Modules of pytest.raises, warns, approx, fail and subtests, and of unittest's assert methods."""


def is_gate(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE


def is_tool(module: str) -> bool:
    return module in TOOLS


def nothing(_: object) -> bool:
    return False


class OwnModules:
    """The functions and classes that are loaded now from modules for which `are_meant` is true."""

    def __init__(self, are_meant: Callable[[str], bool] = is_gate) -> None:
        spaces = {place: (space, names) for place, (space, names) in _spaces(are_meant) if names}
        during = {place: space for place, space in spaces.items() if not place.startswith(NOT_DURING_TESTS)}
        self._all, self._during = _Snapshot(spaces, are_meant), _Snapshot(during, are_meant)

    def altered(self, allowed: Callable[[object], bool] = nothing) -> list[str]:
        """The names of what was replaced, and of functions that have other code or defaults.

        allowed: says which functions and classes may replace them.
        """
        return self._all.altered(allowed)

    @property
    def untouched_during_tests(self) -> Untouched:
        """Certain only if `altered_during_tests` would find nothing."""
        return self._during.untouched

    def altered_during_tests(self, allowed: Callable[[object], bool] = nothing) -> list[str]:
        """The same names, of modules that are used while tests run."""
        return self._during.altered(allowed)


class _Snapshot:
    def __init__(self, spaces: dict[str, Space], are_meant: Callable[[str], bool]) -> None:
        self._spaces = spaces
        # The first name twice, because itemgetter gives a tuple from two names on.
        self._read = [(itemgetter(next(iter(names)), *names), space) for space, names in spaces.values()]
        self._values = [*self._now()]
        kept = chain.from_iterable(names.values() for _, names in spaces.values())
        functions = (one for one in kept if type(one) is FunctionType and are_meant(one.__module__))
        self._functions = [*{id(one): one for one in functions}.values()]
        self._parts = [*map(PARTS, self._functions)]
        self.untouched = Untouched(self._functions, [space for space, _ in spaces.values()])

    def _now(self) -> Iterable[Any]:
        return chain.from_iterable([read(space) for read, space in self._read])

    def altered(self, allowed: Callable[[object], bool] = nothing) -> list[str]:
        found: list[str] = []
        try:
            # By identity: an object in the place of a function may claim to equal anything.
            same = all(map(is_, self._now(), self._values))
        except KeyError:  # one is gone
            same = False
        if same and same_parts(self._functions, self._parts):
            self.untouched.renew()  # another name of theirs has changed
            return []
        for place, (space, names) in () if same else self._spaces.items():
            found += [
                f"{place}.{name}"
                for name, value in names.items()
                if space.get(name) is not value and not allowed(space.get(name))
            ]
        changed = zip(self._functions, self._parts, strict=True)
        return found + [
            f"{one.__module__}.{one.__qualname__}"
            for one, parts in changed
            if not same_parts([one], [parts]) and not (one.__code__ is not parts[0] and allowed(one))
        ]


def _spaces(are_meant: Callable[[str], bool]) -> Iterator[tuple[str, Space]]:
    """The names to compare in each module that is meant; the methods and tolerances of each of its classes."""
    for name, module in list(sys.modules.items()):
        if are_meant(name):
            values = list(vars(module).items())
            own = {key: value for key, value in values if _is_own(value, are_meant)}
            others = {key: value for key, value in values if is_gate(name) and _is_kept(key, value)}
            yield name, (vars(module), others | own)
            for key, value in own.items():
                if isinstance(value, type) and value.__module__ == name:
                    methods = {one: kept for one, kept in vars(value).items() if isinstance(kept, METHODS)}
                    yield f"{name}.{key}", (vars(value), methods)


def _is_own(value: object, are_meant: Callable[[str], bool]) -> bool:
    return isinstance(value, FunctionType | type) and are_meant(value.__module__)


def _is_kept(name: str, value: object) -> bool:
    """True for a function or class from elsewhere that nobody has a reason to replace."""
    return callable(value) and name.isidentifier() and getattr(value, "__module__", "") not in FAKED

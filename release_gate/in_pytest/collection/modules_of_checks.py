"""Reads the modules of checks for tests that are never collected and statements that cannot fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType

import pytest

from release_gate.in_pytest.claims.hiding import hidden_asserts
from release_gate.in_pytest.claims.idle import idle_asserts, idle_statements, swallowing_ends
from release_gate.in_pytest.claims.tolerances import infinite_tolerances
from release_gate.in_pytest.claims.unreached import unreached_asserts
from release_gate.in_pytest.collection.loops import named_in_loops
from release_gate.in_pytest.items import check_of, function_name
from release_gate.in_pytest.refusals import Refusal
from release_gate.in_pytest.source_code.definitions import definitions, not_collected
from release_gate.in_pytest.source_code.installed import is_code_of_package
from release_gate.in_pytest.source_code.loaded_files import file_of, loaded_beside
from release_gate.rules.model import Verdict

IN_A_LOOP = (
    "named in a loop, in which each round replaces the test of the one before; give one test parametrize instead."
)
NOT_COLLECTED = (
    "written as a test and not collected, because something else has its name (another definition, an import, an"
    " assignment, a decorator, a del) or __test__ is false."
)
ALWAYS_HOLDS = "this assert always holds (of a tuple, a list, a text, a lambda, `… or True` or the like)."
SWALLOWS = "a return, break or continue in `finally` swallows whatever failed before it."
HIDES = (
    "what an assert finds is hidden here (by an except or a suppress that does nothing about it). Let it raise, or keep"
    " what was caught and assert that there is none."
)
NEVER_RUNS = "this assert never runs (in a function that nobody calls, behind a return, or in a block never taken)."
NEAR_EVERYTHING = "this tolerance is infinite: every number is near enough."
CHECKS_NOTHING = (
    "this checks nothing (a comparison, pytest.raises or the like alone, or the assert of a function that is not"
    " called). Where a comparison must only not raise, give it a name: _ = a == b."
)
STATEMENTS = (
    (swallowing_ends, SWALLOWS),
    (hidden_asserts, HIDES),
    (unreached_asserts, NEVER_RUNS),
    (infinite_tolerances, NEAR_EVERYTHING),
    (idle_statements, CHECKS_NOTHING),
)
"""The lines of a module at which a check claims nothing, and the sentence on each kind."""


class ModulesOfChecks:
    """The modules in which checks stand, found by the generated tests.

    items, checks, codes: the generated tests, the check of each and the code of its function, by the test's identity.
    They grow while pytest collects.
    """

    def __init__(
        self,
        root: Path,
        items: Mapping[int, pytest.Item],
        checks: Mapping[int, str],
        codes: Mapping[int, CodeType],
    ) -> None:
        self._root = root
        self._items = items
        self._checks = checks
        self._codes = codes
        self._owners: dict[tuple[type, int], type | None] = {}
        self._files: set[Path] | None = None

    def files(self) -> set[Path]:
        """The modules of checks, and modules loaded from their folders: conftest.py and shared code."""
        if self._files is None:
            modules = self._modules()
            self._files = modules | loaded_beside(modules)
        return self._files

    def _modules(self) -> set[Path]:
        return {item.path for item in self._items.values() if self._checks[id(item)] or check_of(item)}

    def problems(self) -> Iterator[Refusal]:
        """Tests that no run executes, asserts that cannot fail, and statements that check nothing."""
        self._files = None
        modules = sorted(self._modules())
        looped = [one for path in modules for one in self._named_in_loops(path)]
        shadowed = [one for path in modules for one in self._shadowed(path)]
        idle = [f"{self._named(path)}:{line}" for path in sorted(self.files()) for line in idle_asserts(path)]
        statements = [
            (Verdict.INCOMPLETE, [f"{self._named(path)}:{line}" for path in modules for line in lines_of(path)], why)
            for lines_of, why in STATEMENTS
        ]
        for verdict, found, why in (
            (Verdict.MISCONFIGURED, looped, IN_A_LOOP),
            (Verdict.MISCONFIGURED, shadowed, NOT_COLLECTED),
            (Verdict.INCOMPLETE, idle, ALWAYS_HOLDS),
            *statements,
        ):
            if found:
                code = "SHADOWED" if verdict is Verdict.MISCONFIGURED else "IDLE_ASSERT"
                yield verdict, code, f"{listed(found)}: {why}"

    def _shadowed(self, path: Path) -> Iterator[str]:
        """Tests in the source of a module that were not collected."""
        made = self._made_by_packages(path)
        for one in not_collected(path, self._collected_from(path), self._overridden(path)):
            last = [other for other in definitions(path) if other.name == one.name][-1]
            if one is last and one.decorated and made.get(one.name) in one.checks:
                continue
            ids = f" ({', '.join(sorted(one.checks))})" if one.checks else ""
            yield f"{self._named(path)}:{one.line} {one.short_name}{ids}"

    def _named_in_loops(self, path: Path) -> Iterator[str]:
        named = named_in_loops(path)
        for name in self._collected_from(path) if named else ():
            line = named.get(name) or named.get(name.partition(".")[0])
            if line is not None:
                yield f"{self._named(path)}:{line} {name}"

    def _collected_from(self, path: Path) -> dict[str, set[int]]:
        lines: dict[str, set[int]] = {}
        for key, item in self._items.items():
            if item.path == path or (key in self._codes and is_of(self._codes[key], path)):
                owner = self._owner_of(item)
                name = f"{owner.__qualname__}.{function_name(item)}" if owner is not None else function_name(item)
                code = self._codes.get(key)
                here = code is not None and is_of(code, path)
                lines.setdefault(name, set()).update([code.co_firstlineno] if code is not None and here else [])
        return lines

    def _made_by_packages(self, path: Path) -> dict[str, str]:
        """Checks whose function an installed package has made, as pytest-bdd's decorator does."""
        return {
            function_name(item): self._checks[key]
            for key, item in self._items.items()
            if item.path == path and key in self._codes and is_code_of_package(self._codes[key], item.config)
        }

    def _overridden(self, path: Path) -> Iterator[str]:
        for item in self._items.values():
            owner = self._owner_of(item)
            if owner is None:
                continue
            for base in owner.__mro__[1:]:
                if base.__qualname__ != owner.__qualname__ and file_of(base.__module__) == path:
                    yield f"{base.__qualname__}.{function_name(item)}"

    def _owner_of(self, item: pytest.Item) -> type | None:
        """The class of a test; pytest looks for it among all that is above the test."""
        key = type(item), id(item.parent)
        if key not in self._owners:
            self._owners[key] = getattr(item, "cls", None)
        return self._owners[key]

    def _named(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else str(path)


def is_of(code: CodeType, path: Path) -> bool:
    return code.co_filename == str(path) or Path(code.co_filename) == path


def listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more

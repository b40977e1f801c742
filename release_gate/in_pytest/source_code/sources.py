"""Functions of the acceptance modules whose code differs from what their source file compiles to."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import attrgetter, is_, is_not
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from release_gate.in_pytest.items import check_of
from release_gate.in_pytest.refusals import Refusal
from release_gate.in_pytest.source_code.called_code import is_made_for
from release_gate.in_pytest.source_code.compiled import Compiled, altered_rewriting
from release_gate.in_pytest.source_code.defaults import has_written_defaults
from release_gate.in_pytest.source_code.definitions import SETUPS, own_globals, setup_functions
from release_gate.in_pytest.source_code.functions import codes_in, functions_in
from release_gate.in_pytest.source_code.identity import PARTS, Codes, Noted, Parts
from release_gate.in_pytest.source_code.installed import is_foreign, is_of_package
from release_gate.in_pytest.source_code.judging_code import JudgingCode
from release_gate.in_pytest.source_code.namespaces import Namespaces
from release_gate.rules.model import Verdict

FUNCTION = attrgetter("func")


class Sources:
    """Compares the tests with their source after the collection and around each test."""

    def __init__(self, config: pytest.Config, root: Path, judging: JudgingCode) -> None:
        self._config = config
        self._root = root
        self._compiled: dict[str, Compiled | None] = {}
        self._own: dict[int, CodeType] = {}
        self._noted: dict[int, pytest.Item] = {}
        self._parent_noted: pytest.Collector | None = None
        self._setups: dict[int, dict[str, Any]] = {}
        self._fixtures: dict[int, tuple[Any, Any, set[CodeType]]] = {}
        self._as_noted: tuple[list[Any], list[Any]] = ([], [])
        self._last_alone: pytest.Item | None = None
        self._last_known: Any = None
        self._last_count = 0
        self._around_last: tuple[pytest.Collector | None, list[Any], str] = (None, [], "")
        self._functions: dict[str, dict[int, tuple[FunctionType, Parts]]] = {}
        self._codes: dict[str, Codes] = {}
        self._judging = judging
        self._namespaces = Namespaces()
        self._compared_all = False
        self._told: set[str] = set()

    def note_module(self, collector: pytest.Collector) -> None:
        """Keep the global names of a module, and those of a test class, as the import left them."""
        for kind in (pytest.Module, pytest.Class):
            self._namespaces.note(getattr(collector.getparent(kind), "obj", None))

    def allow(self, item: pytest.Item | None) -> None:
        """Accept the present names of the test's module and class, after a fixture, a test or a teardown."""
        self._judging.allow()
        if item is not None:
            for owner in self._around_of(item)[0]:
                self._namespaces.allow(owner)

    def named_anew(self, item: pytest.Item) -> list[Refusal]:
        """A refusal for each name that was changed by other code than a fixture or a test."""
        owners = self._around_of(item)[0] if self._compared_all else self._namespaces.owners()
        self._compared_all = True
        changed = [(owner, names) for owner in owners if (names := self._namespaces.changed(owner))]
        tools = self._judging.alterations_by_hooks()
        return [*tools, *self._renamed(changed)] if changed or tools else []

    def _renamed(self, changes: Iterable[tuple[Any, list[str]]]) -> Iterator[Refusal]:
        for owner, changed in changes:
            module = sys.modules.get(owner.__module__) if isinstance(owner, type) else owner
            path = Path(getattr(module, "__file__", None) or "")
            for name in [one for one in changed if one not in own_globals(path)]:
                why = f"{self._named(path)}: a hook gave {name} another value than the module and its fixtures did."
                yield Verdict.INCOMPLETE, "REPLACED", why

    def note(self, item: pytest.Item) -> None:
        """Record the functions around a generated test, before a hook can replace them."""
        if id(item) in self._noted:
            return
        self._noted[id(item)] = item
        if item.parent is None or item.parent is not self._parent_noted:  # the tests of one parent have one class
            owner = getattr(item, "cls", None)
            if owner is not None and id(owner) not in self._setups:
                self._setups[id(owner)] = _setups_of(owner)
            self._parent_noted = item.parent if type(item) is pytest.Function else None
        for fixture in _fixtures_of(item):
            if id(fixture) not in self._fixtures:
                self._fixtures[id(fixture)] = fixture, fixture.func, codes_in(fixture.func)

    def problems(self, items: Iterable[pytest.Item], modules: Iterable[Path]) -> Iterator[Refusal]:
        """Differences after the collection. modules: the acceptance modules, and modules of their folders."""
        altered = altered_rewriting(lambda value: is_of_package(value, self._config))
        if altered:
            why = f"Something has changed how pytest compiles asserts ({', '.join(altered[:3])})."
            yield Verdict.INCOMPLETE, "REPLACED", why
        yield from self._judging.alterations()
        self._judging.allow()
        files = {str(path) for path in modules}
        beside = [one for one in list(sys.modules.values()) if getattr(one, "__file__", None) in files]
        for module in _modules_of(items, beside):
            yield from self._untold([*self._in_module(module), *self._setups_in(module)])

    def alterations(self, item: pytest.Item) -> list[Refusal]:
        """Differences in its module's functions, and a trace function of the project."""
        file = self._around_of(item)[1]
        changed = self._codes_of(file).changed()
        found = self._untold(self._with_other_parts(file, changed)) if changed else []
        tracing = getattr(sys.gettrace(), "__code__", None)
        if isinstance(tracing, CodeType) and not is_foreign(tracing, self._config):
            place = f"{self._named(Path(tracing.co_filename))}:{tracing.co_firstlineno}"
            found += self._untold([f"The trace function {place} can leave out lines of checks"])
        return found

    def alterations_around(self, item: pytest.Item) -> list[Refusal]:
        """Differences in its fixtures and in its class around the test."""
        known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", None)
        if item is self._last_alone and known is self._last_known and len(known) == self._last_count:
            fixtures, functions = self._as_noted
            if all(map(is_, map(FUNCTION, fixtures), functions)):
                return []
        self._last_alone = None
        if len(self._around_of(item)[0]) < 2 and self._fixtures_are_as_noted(item):
            if known is not None:
                self._last_alone, self._last_known, self._last_count = item, known, len(known)
            return []
        return self._untold(self._around(item))

    def _around_of(self, item: pytest.Item) -> tuple[list[Any], str]:
        """The module and the class of a test, and the module's file; read once for the tests of one parent."""
        if self._around_last[0] is not item.parent or item.parent is None:
            module = getattr(item, "module", None)
            owners = [one for one in (module, getattr(item, "cls", None)) if one is not None]
            self._around_last = item.parent, owners, _file_of(module)
        return self._around_last[1:]

    def _fixtures_are_as_noted(self, item: pytest.Item) -> bool:
        fixtures = _fixtures_of(item)
        functions = [*map(FUNCTION, fixtures)]
        seen, had = self._as_noted
        if len(fixtures) == len(seen) and all(map(is_, fixtures, seen)) and all(map(is_, functions, had)):
            return True
        for fixture in fixtures:
            noted, function, _ = self._fixtures.get(id(fixture), (None, None, set()))
            if noted is fixture and fixture.func is not function:
                return False
        self._as_noted = fixtures, functions
        return True

    def _around(self, item: pytest.Item) -> Iterator[str]:
        owner = getattr(item, "cls", None)
        if owner is not None:
            then, now = self._setups.get(id(owner), {}), _setups_of(owner)
            instance = vars(item).get("_instance") or getattr(vars(item).get("_obj"), "__self__", None)
            own = [name for name in SETUPS if name in getattr(instance, "__dict__", {})]
            changed = {name for name in SETUPS if then.get(name) is not now.get(name)}
            for name in sorted(changed.union(own)):
                yield f"{owner.__qualname__}.{name} of {item.nodeid.partition('::')[0]}"
        for fixture in _fixtures_of(item):
            noted, function, codes = self._fixtures.get(id(fixture), (None, None, set()))
            if noted is fixture and fixture.func is not function and codes.isdisjoint(codes_in(fixture.func)):
                yield f"The fixture {fixture.argname} of {item.nodeid}"

    def _in_module(self, module: ModuleType) -> Iterator[str]:
        file = getattr(module, "__file__", None)
        if file is None or (compiled := self._compiled_from(file)) is None:
            return
        place = self._named(Path(file))
        for function in functions_in(module, set()):
            code = function.__code__
            if code.co_filename != file:
                continue
            self._functions.setdefault(file, {})[id(function)] = function, PARTS(function)
            if self._own.get(id(code)) is not code and compiled.holds(code):
                self._own[id(code)] = code
            if self._own.get(id(code)) is not code:
                yield f"{place}:{code.co_firstlineno} {code.co_qualname}"
            elif not has_written_defaults(function, Path(file)):
                yield f"The defaults of {place}:{code.co_firstlineno} {code.co_qualname}"

    def _codes_of(self, file: str) -> Codes:
        """The functions of a module with their code and defaults at the collection."""
        known = self._codes.get(file)
        if known is None:
            known = self._codes[file] = Codes(self._functions.get(file, {}).values())
        return known

    def _with_other_parts(self, file: str, changed: Noted) -> Iterator[str]:
        """Functions of a module whose code or defaults changed after the collection, by other means than the gate's."""
        for function, (code, *defaults) in changed:
            if function.__code__ is not code and not is_made_for(function):
                yield self._place_of(code, file)
            elif any(map(is_not, PARTS(function)[1:], defaults)):
                yield f"The defaults of {self._place_of(code, file)}"

    def _place_of(self, code: CodeType, file: str) -> str:
        return f"{self._named(Path(file))}:{code.co_firstlineno} {code.co_qualname}"

    def _setups_in(self, module: ModuleType) -> Iterator[str]:
        """Functions around tests that have been replaced."""
        file = _file_of(module)
        for owner, names in setup_functions(Path(file)).items():
            there = _found(module, owner)
            for name, line in names.items() if there is not None else ():
                here = functions_in(vars(there).get(name), set())
                lines = {one.__code__.co_firstlineno for one in here if one.__code__.co_filename == file}
                if line not in lines:
                    yield f"{self._named(Path(file))}:{line} {owner}{'.' if owner else ''}{name}"

    def _compiled_from(self, file: str) -> Compiled | None:
        if file not in self._compiled:
            try:
                self._compiled[file] = Compiled(Path(file), self._config)
            except (OSError, SyntaxError, ValueError):  # no source, as of an extension module
                self._compiled[file] = None
        return self._compiled[file]

    def _untold(self, found: Iterable[str]) -> list[Refusal]:
        new = [one for one in dict.fromkeys(found) if one not in self._told]
        if not new:
            return []
        self._told.update(new)
        more = f" and {len(new) - 5} more" if len(new) > 5 else ""
        why = (
            f"{', '.join(new[:5])}{more}: not as its source says; an import hook, a conftest or a plugin put other "
            "code into its place."
        )
        return [(Verdict.INCOMPLETE, "REPLACED", why)]

    def _named(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else str(path)


def _file_of(module: object) -> str:
    return getattr(module, "__file__", None) or ""


def _modules_of(items: Iterable[pytest.Item], beside: Iterable[ModuleType]) -> list[ModuleType]:
    found: dict[int, ModuleType] = {}
    parents: set[int] = set()
    for item in items:
        if id(item.parent) in parents:
            continue
        module = getattr(item, "module", None)
        if isinstance(module, ModuleType) and (id(module) in found or check_of(item)):
            found[id(module)] = module
            parents.add(id(item.parent))
    return [*(found | {id(one): one for one in beside if isinstance(one, ModuleType)}).values()]


def _setups_of(owner: type) -> dict[str, Any]:
    """The functions around tests of a class, inherited ones included."""
    found: dict[str, Any] = {}
    for base in reversed(owner.__mro__):
        found |= {name: value for name, value in vars(base).items() if name in SETUPS}
    return found


def _fixtures_of(item: pytest.Item) -> list[Any]:
    known: Mapping[str, Any] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    return [*chain.from_iterable(known.values())]


def _found(module: ModuleType, owner: str) -> ModuleType | type | None:
    """The module, or its class of that name unless the name has been reassigned."""
    there: Any = module
    for name in owner.split(".") if owner else ():
        there = vars(there).get(name) if isinstance(there, ModuleType | type) else None
    is_class = isinstance(there, type) and there.__qualname__ == owner
    return there if not owner or is_class else None

"""Finds fixtures of a wider scope than one test that raise in a teardown, and fixtures that a hook replaced."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from _pytest import fixtures

from release_gate.in_pytest.refusals import Refusal
from release_gate.in_pytest.source_code.installed import is_foreign, is_of_package
from release_gate.record.causes import root_of
from release_gate.rules.model import Verdict

CALL = "call_fixture_func"
"""pytest's function that calls a fixture's function."""
MADE_BY_PYTEST = {
    "_unittest_setUpClass_fixture_": "tearDownClass or a class cleanup of",
    "_xunit_setup_class_fixture_": "teardown_class of",
    "_xunit_setup_module_fixture_": "tearDownModule (teardown_module) of",
}
"""Name prefixes of pytest's own fixtures, and the functions that run in their teardown."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture that was set up. place: file and line of its function."""

    name: str
    scope: str
    place: str

    @property
    def named(self) -> str:
        """Its name in a sentence; one that pytest makes of a function of unittest or xunit is named after that one."""
        return self._made_of or f"The {self.scope} fixture {self.name} ({self.place})"

    @property
    def _made_of(self) -> str:
        found = (prefix for prefix in MADE_BY_PYTEST if self.name.startswith(prefix))
        prefix = next(found, "")
        return f"{MADE_BY_PYTEST[prefix]} {self.name.removeprefix(prefix)}" if prefix else ""

    def told(self, error: BaseException) -> str:
        """A sentence that the fixture failed."""
        if self._made_of:
            return f"{self._made_of} ({_raised_at(error)}) failed"
        return f"{self.named} failed as it was torn down"


class Fixtures:
    """The fixtures that were set up, by the code that their set-up and teardown run."""

    def __init__(self) -> None:
        self._by_code: dict[CodeType, Fixture] = {}

    def note(self, fixture: pytest.FixtureDef[object]) -> Fixture | None:
        """Record a fixture that is set up, and return it; functions within its own are its teardown as well."""
        code = getattr(fixture.func, "__code__", None)
        if isinstance(code, CodeType) and code not in self._by_code:
            place = f"{Path(code.co_filename).name}:{code.co_firstlineno}"
            known = Fixture(fixture.argname, fixture.scope, place)
            self._by_code.update(dict.fromkeys(_with_inner(code), known))
        return self._by_code.get(code) if isinstance(code, CodeType) else None

    def failed_in(self, error: BaseException) -> list[tuple[Fixture, BaseException]]:
        """The fixtures of a wider scope that failed, if nothing else raised in this teardown."""
        found = []
        for one in _members(error):
            fixture = self._of(one)
            if fixture is None or fixture.scope == "function":
                return []
            found.append((fixture, root_of(one)))
        return found

    def _of(self, error: BaseException) -> Fixture | None:
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code in self._by_code:
                return self._by_code[trace.tb_frame.f_code]
            trace = trace.tb_next
        return None


class CallsOfFixtures:
    """Record the functions of fixtures that pytest calls during the block."""

    __slots__ = ("_former",)

    def __enter__(self) -> list[object]:
        former: Callable[..., Any] = getattr(fixtures, CALL)
        called: list[object] = []

        def calling(function: Any, request: pytest.FixtureRequest, arguments: dict[str, Any]) -> Any:
            called.append(function)
            return former(function, request, arguments)

        self._former = former
        setattr(fixtures, CALL, calling)
        return called

    def __exit__(self, *_: object) -> None:
        setattr(fixtures, CALL, self._former)


def answered_instead(fixture: pytest.FixtureDef[object], config: pytest.Config) -> Iterator[Refusal]:
    """A refusal for each hook of the project that may have replaced the call of a fixture's function.

    Hooks of installed plugins are allowed: they replace the call of a fixture that is a coroutine.
    """
    for hook in config.hook.pytest_fixture_setup.get_hookimpls():
        code = getattr(hook.function, "__code__", None)
        wraps = hook.hookwrapper or hook.wrapper
        if not wraps and isinstance(code, CodeType) and not is_foreign(code, config):
            file = Path(code.co_filename).name
            why = f"The fixture {fixture.argname} was never called: a hook in {file} took its place."
            yield Verdict.INCOMPLETE, "REPLACED", why


def own_subtests(items: Iterable[pytest.Item]) -> Iterator[Refusal]:
    """A refusal for tests whose `subtests` is a fixture of the project, in the place of pytest's or a plugin's."""
    names = []
    for item in items:
        known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).get("subtests", ())
        own = known[-1] if len(known) > 1 else None
        if own is not None and "subtests" not in own.argnames and not is_of_package(own.func, item.config):
            names.append(item.nodeid)
    if names:
        why = f"{', '.join(names[:5])}: subtests is a fixture of the project, which may hear no failure of a subtest."
        yield Verdict.INCOMPLETE, "REPLACED", why


def _raised_at(error: BaseException) -> str:
    """File and line of the innermost frame."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"


def _members(error: BaseException) -> Iterator[BaseException]:
    """The exceptions of a teardown; pytest groups several of them."""
    if isinstance(error, BaseExceptionGroup) and "tearing down" in str(error):
        for member in error.exceptions:
            yield from _members(member)
    else:
        yield error


def tell_missing_fixture(error: BaseException | None) -> None:
    """Give a FixtureLookupError pytest's own sentence as its cause; its text is the objects that it is about."""
    if isinstance(error, pytest.FixtureLookupError):
        is_in_itself = error.argname in [one.argname for one in error.fixturestack]
        told = (
            f"the fixture '{error.argname}' asks for itself, through others or alone"
            if is_in_itself
            else f"fixture '{error.argname}' not found"
        )
        told = error.msg or told
        error.root_cause = told  # type: ignore[attr-defined]


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _with_inner(inner)

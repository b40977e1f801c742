"""Defaults, tables and tools that something other than the source has changed, or not."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from release_gate.in_pytest.source_code.defaults import has_written_defaults
from release_gate.in_pytest.source_code.judging_tools import strange_tools
from release_gate.in_pytest.source_code.namespaces import Namespaces
from tests.plugin.foreign import Project

SOURCE = "NONE = None\n\n\ndef f(a, b=1, c=NONE, *, d=2, e): pass\n"
CHANGES: dict[str, Callable[[FunctionType], object]] = {
    "another value": lambda f: setattr(f, "__defaults__", (2, None)),
    "another type": lambda f: setattr(f, "__defaults__", (True, None)),
    "one fewer": lambda f: setattr(f, "__defaults__", (None,)),
    "another by name": lambda f: setattr(f, "__kwdefaults__", {"d": 3}),
}


def loaded(folder: Path, source: str) -> tuple[FunctionType, Path]:
    path = folder / "kettle.py"
    path.write_text(source)
    space: dict[str, FunctionType] = {}
    exec(compile(source, path, "exec"), space)
    return space["f"], path


def test_defaults_as_the_source_writes_them_are_its_own(tmp_path: Path) -> None:
    function, path = loaded(tmp_path, SOURCE)
    assert has_written_defaults(function, path)
    function.__defaults__ = (1, "an expression may be anything")
    assert has_written_defaults(function, path)


@pytest.mark.parametrize("change", CHANGES)
def test_other_defaults_are_not(tmp_path: Path, change: str) -> None:
    function, path = loaded(tmp_path, SOURCE)
    CHANGES[change](function)
    assert not has_written_defaults(function, path)


def test_a_module_that_changes_defaults_itself_may(tmp_path: Path) -> None:
    function, path = loaded(tmp_path, SOURCE + "f.__defaults__ = (3, 3)\n")
    assert has_written_defaults(function, path)


@pytest.fixture
def module() -> ModuleType:
    made = ModuleType("kettle")
    vars(made).update(LIMITS={"off": 20}, CACHE={}, seen=[1], OBJECTS=[object()], LONG=[0] * 1001)
    return made


def test_a_table_that_the_module_filled_is_compared_by_what_it_holds(module: ModuleType) -> None:
    names = Namespaces()
    names.note(module)
    assert names.changed(module) == []
    module.LIMITS["off"] = 100
    assert names.changed(module) == ["LIMITS"]
    names.allow(module)
    assert names.changed(module) == []
    module.LIMITS["off"] = 20
    assert names.changed(module) == ["LIMITS"]


def test_what_is_there_to_be_filled_may_be(module: ModuleType) -> None:
    names = Namespaces()
    names.note(module)
    for name in ("CACHE", "seen", "OBJECTS", "LONG"):
        held = getattr(module, name)
        held.update(one=1) if isinstance(held, dict) else held.append(1)
    names.allow(module)
    module.CACHE["two"] = 2
    assert names.changed(module) == []


def test_tools_of_their_packages_are_not_strange() -> None:
    assert list(strange_tools(lambda _: False)) == []


def test_a_tool_of_nobody_is_strange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(math, "isclose", lambda *_: True)
    monkeypatch.setattr(sys.modules["unittest"].TestCase, "assertEqual", lambda *_: None)
    assert list(strange_tools(lambda _: False)) == ["math.isclose", "unittest.case.TestCase.assertEqual"]
    assert list(strange_tools(lambda _: True)) == []


TOOLS_OF_A_HOOK = """
import contextlib
import unittest

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    unittest.TestCase.assertTrue = lambda self, value: None
    pytest.raises = lambda *kinds: contextlib.nullcontext()
    return (yield)
"""


def test_tool_that_was_replaced_is_told_once(kettle: Project) -> None:
    """Some tools are looked at with each test, others only at the end."""
    kettle.write("conftest.py", TOOLS_OF_A_HOOK)
    kettle.supervised()
    told = [reason for reason in kettle.result["reasons"] if "was changed by the project" in reason]
    assert "".join(told).count("pytest.raises") == 1

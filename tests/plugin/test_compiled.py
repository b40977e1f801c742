"""Code that a source file compiles to, told from code that something else made of it."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path
from types import CodeType

import pytest
from _pytest.assertion.rewrite import rewrite_asserts

from release_gate.in_pytest.source_code.compiled import Compiled, altered_rewriting
from release_gate.in_pytest.source_code.installed import is_of_package

SOURCE = """
import pytest

@pytest.fixture
def kettle():
    return 1


@checked
def decorated(kettle):
    assert kettle == (
        1
    )
    return kettle


@pytest.mark.check("A1")
def test_kettle(kettle):
    assert kettle == 1, f"{kettle}"
    assert kettle
"""


def functions(tree: ast.Module, path: Path) -> dict[str, CodeType]:
    whole = compile(tree, str(path), "exec", dont_inherit=True)
    return {one.co_name: one for one in whole.co_consts if isinstance(one, CodeType)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "test_kettle.py"
    made.write_text(SOURCE, "utf-8")
    return made


def test_code_of_the_source_is_known_rewritten_or_not(path: Path, pytestconfig: pytest.Config) -> None:
    compiled = Compiled(path, pytestconfig)
    plain, rewritten = ast.parse(SOURCE), ast.parse(SOURCE)
    rewrite_asserts(rewritten, SOURCE.encode(), str(path), pytestconfig)
    found = [*functions(plain, path).values(), *functions(rewritten, path).values()]
    assert [compiled.holds(code) for code in found] == [True] * 6


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("test_kettle", "    assert kettle\n", "    kettle\n"),
        ("test_kettle", "kettle == 1,", "kettle != 1,"),
        ("kettle", "return 1", "return 2"),
        ("decorated", "    assert kettle == (\n        1\n    )\n", "\n\n\n"),
    ],
)
def test_code_that_something_else_made_of_the_source_is_seen(
    name: str, old: str, new: str, path: Path, pytestconfig: pytest.Config
) -> None:
    assert SOURCE.count(old) == 1
    code = functions(ast.parse(SOURCE.replace(old, new)), path)[name]
    assert not Compiled(path, pytestconfig).holds(code)


def test_function_that_its_decorator_compiled_anew_keeps_its_asserts(path: Path, pytestconfig: pytest.Config) -> None:
    anew = ast.parse(SOURCE.replace("    return kettle\n", "    return check_types(kettle)\n"))
    assert Compiled(path, pytestconfig).holds(functions(anew, path)["decorated"])


def nothing(_: object) -> bool:
    return False


def test_rewriting_that_was_changed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert altered_rewriting(nothing) == []
    monkeypatch.setattr("_pytest.assertion.rewrite.AssertionRewriter.visit_Assert", lambda *_: [])
    assert altered_rewriting(nothing) == ["AssertionRewriter.visit_Assert"]


def test_package_may_change_how_pytest_reads_compiled_files(
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.setattr("_pytest.assertion.rewrite._read_pyc", textwrap.dedent)
    assert altered_rewriting(lambda value: is_of_package(value, pytestconfig)) == []
    monkeypatch.setattr("_pytest.assertion.rewrite._read_pyc", nothing)
    assert altered_rewriting(lambda value: is_of_package(value, pytestconfig)) == ["_read_pyc"]


def test_no_package_may_change_how_pytest_writes_asserts(
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.setattr("_pytest.assertion.rewrite.AssertionRewriter.visit_Assert", textwrap.dedent)
    assert altered_rewriting(lambda value: is_of_package(value, pytestconfig)) == ["AssertionRewriter.visit_Assert"]

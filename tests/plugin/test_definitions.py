"""Tests of a module's source that were not collected, and asserts that cannot fail."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from release_gate.in_pytest.claims.idle import idle_asserts
from release_gate.in_pytest.collection.loops import named_in_loops
from release_gate.in_pytest.source_code.definitions import beginning, not_collected, statements

CHECK = '@pytest.mark.check("B2")\n'


def uncollected(
    folder: Path, source: str, collected: dict[str, set[int]], overridden: tuple[str, ...] = ()
) -> list[int]:
    path = folder / "test_kettle.py"
    path.write_text(source, encoding="utf-8")
    return [one.line for one in not_collected(path, collected, overridden)]


TWO_BRANCHES = f"if x:\n    {CHECK}    def test_a(): ...\nelse:\n    {CHECK}    def test_a(): ...\n"
TRY = f"try:\n    {CHECK}    def test_a(): ...\nexcept E:\n    {CHECK}    def test_a(): ...\n"
ONE_AFTER_THE_OTHER = f"if x:\n    {CHECK}    def test_a(): ...\nif x:\n    {CHECK}    def test_a(): ...\n"
SAME_BRANCH = f"if x:\n    {CHECK}    def test_a(): ...\n    {CHECK}    def test_a(): ...\n"
IN_A_LOOP = f"for x in y:\n    {CHECK}    def test_a(): ...\n{CHECK}def test_a(): ...\n"


@pytest.mark.parametrize(
    ("source", "collected", "lines"),
    [
        (f"{CHECK}def test_a(): ...\n", {"test_a": {1}}, []),
        (f"{CHECK}def boils(): ...\n", {}, [1]),
        ("def test_a(): ...\n", {}, []),
        ("def test_a(): ...\n", {"test_a": set()}, [1]),
        ("def test_a(): ...\n\n\ndef test_a(): ...\n", {"test_a": {4}}, [1]),
        (TWO_BRANCHES, {"test_a": {5}}, []),
        (TRY, {"test_a": {2}}, []),
        (ONE_AFTER_THE_OTHER, {"test_a": {5}}, [2]),
        (SAME_BRANCH, {"test_a": {4}}, [2]),
        (IN_A_LOOP, {"test_a": {4}}, [2]),
        ("class TestA:\n    pytestmark = pytest.mark.check('B2')\n    def test_a(self): ...\n", {}, [3]),
        ("@parametrize('x', [tool.check()])\ndef boils(): ...\n", {}, []),
    ],
)
def test_definition_that_was_not_collected_is_told(
    source: str, collected: dict[str, set[int]], lines: list[int], tmp_path: Path
) -> None:
    assert uncollected(tmp_path, source, collected) == lines


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("for x in y:\n    def test_a(): ...\n", {"test_a": 2, "x": 1}),
        ("while x:\n    if y:\n        test_a, *b = c\n", {"test_a": 3, "b": 3}),
        ("for test_a in y: ...\n", {"test_a": 1}),
        ("class A:\n    for x in y:\n        def test_a(self): ...\n", {"A.test_a": 3, "A.x": 2}),
        ("for x in y:\n    class A:\n        def test_a(self): ...\n", {"A": 2, "x": 1}),
        ("def f():\n    for x in y:\n        def test_a(): ...\n", {}),
        ("if x:\n    def test_a(): ...\nb = [c for c in d]\n", {}),
    ],
)
def test_names_given_in_a_loop_are_told(source: str, names: dict[str, int], tmp_path: Path) -> None:
    path = tmp_path / "test_kettle.py"
    path.write_text(source, encoding="utf-8")
    assert named_in_loops(path) == names


def test_method_that_a_collected_subclass_overrides_is_no_test_of_its_own(tmp_path: Path) -> None:
    source = f"class Contract:\n    {CHECK}    def test_a(self): ...\n"
    assert uncollected(tmp_path, source, {}) == [2]
    assert uncollected(tmp_path, source, {}, ("Contract.test_a",)) == []


@pytest.mark.parametrize(
    ("statement", "idle"),
    [
        ('assert (1 == 2, "off")', True),
        ('assert "it is off"', True),
        ("assert (x for x in [])", True),
        ("assert lambda: False", True),
        ('assert f"{x}"', True),
        ("assert [1 == 2]", True),
        ("assert {1 == 2}", True),
        ('assert {"off": 1 == 2}', True),
        ("assert x == 1 or True", True),
        ('assert x or "off"', True),
        ('assert x and y or (1, "off")', True),
        ('assert (x or "off") and [1]', True),
        ('assert "on" if x else "off"', True),
        ('assert (y := "off")', True),
        ("assert not []", True),
        ("assert not (x and {})", True),
        ("assert len(x) >= 0", True),
        ("assert len(x) > -1", True),
        ("assert 0 <= len(x)", True),
        ("assert map(f, x)", True),
        ("assert filter(None, x)", True),
        ("assert mock.called_once_with(1)", True),
        ("assert len(x) > 0", False),
        ("assert len(x) >= 1", False),
        ("assert 0 < len(x)", False),
        ("assert count(x) >= 0", False),
        ("assert 0 >= len(x)", False),
        ("assert kettle.map(x)", False),
        ("assert mock.called", False),
        ("assert not (not x or 0)", False),
        ("assert not not 'off'", True),
        ('assert x if x else "off"', False),
        ("assert (y := x)", False),
        ("assert not [*x]", False),
        ("assert not x", False),
        ("assert x == 1 or y", False),
        ("assert x or 0", False),
        ("assert x and True", False),
        ("assert [one for one in x]", False),
        ("assert [*x]", False),
        ("assert {**x}", False),
        ("assert ()", False),
        ('assert 1 == 2, "off"', False),
        ("assert (1 == 2)", False),
        ("assert True", False),
    ],
)
def test_assert_that_cannot_fail_is_told(statement: str, idle: bool, tmp_path: Path) -> None:
    path = tmp_path / "test_kettle.py"
    path.write_text(f"def test_a():\n    {statement}\n", encoding="utf-8")
    assert idle_asserts(path) == ([2] if idle else [])


def test_module_that_cannot_be_parsed_is_left_to_pytest(tmp_path: Path) -> None:
    path = tmp_path / "test_kettle.py"
    path.write_text("def (assert", encoding="utf-8")
    assert idle_asserts(path) == []


@pytest.mark.parametrize(
    "written",
    [
        "check",
        "mark.check",
        "pytest.mark.check('A', n=1)",
        "staticmethod",
        "made()('x')",
        "table['x'].y(1)",
        "(lambda f: f)",
    ],
)
def test_beginning_of_a_decorator_is_that_of_its_text(written: str) -> None:
    decorator = ast.parse(written, mode="eval").body
    text = ast.unparse(decorator)
    assert text.startswith(beginning(decorator))
    assert ("(" in text) == ("(" in beginning(decorator))


EVERY_BLOCK = """
class Kettle:
    async def boil(self):
        async with self.water as water, lid:
            assert water
        global DEGREES
        try:
            for _ in water:
                assert 1
            else:
                assert 2
        except* ValueError:
            while True:
                assert 3
        finally:
            def inner():
                assert 4
match DEGREES:
    case 100 if (lambda: True)():
        assert 5
    case _:
        if DEGREES:
            assert 6
        elif Kettle:
            assert 7
        else:
            assert 8
"""


def test_statements_are_those_of_a_walk_in_its_order() -> None:
    tree = ast.parse(EVERY_BLOCK)
    walked = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    assert [node for node in statements(tree) if isinstance(node, ast.stmt)] == walked
    assert sum(isinstance(node, ast.Assert) for node in walked) == 9

"""The source of acceptance modules: tests that another definition replaces, and asserts that cannot fail."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import prod
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
"""Parts of a statement that hold statements, or what holds some in turn."""
Branch = tuple[int, str]
"""The line of a statement with alternatives, and the name of one of them."""
SETUPS = frozenset(
    [
        "setup_module",
        "teardown_module",
        "setUpModule",
        "tearDownModule",
        "setup_function",
        "teardown_function",
        "setup_class",
        "teardown_class",
        "setup_method",
        "teardown_method",
        "setUp",
        "tearDown",
        "setUpClass",
        "tearDownClass",
        "asyncSetUp",
        "asyncTearDown",
    ]
)
"""Functions that pytest and unittest call around the tests of a module or a class."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A test function in the source. line: its first, decorators included. marked: it is a check, or its class is.

    branches: the alternatives that it lies in, of an `if`, `try` or `match`. cases: how many its own parametrize marks
    list, 0 where they do not say. decorated: by something else than pytest.
    """

    name: str
    line: int
    checks: frozenset[str]
    marked: bool
    branches: tuple[Branch, ...] = ()
    cases: int = 0
    decorated: bool = False

    @property
    def short_name(self) -> str:
        return self.name.rpartition(".")[2]

    def instead_of(self, other: Definition) -> bool:
        """True if both define the same test, in two alternatives of one statement."""
        elsewhere = dict(other.branches)
        apart = any(elsewhere.get(line, which) != which for line, which in self.branches)
        return apart and (self.name == other.name or bool(self.checks & other.checks))


def not_collected(path: Path, collected_from: Mapping[str, set[int]], overridden: Iterable[str]) -> list[Definition]:
    """Definitions of tests in a module that were not collected.

    collected_from: the first lines of the functions that were, by name (Class.method). overridden: names of methods
    that a collected subclass overrides. A test that is no check is reported only if something else has its name.
    """
    found = definitions(path)
    there, hidden = set().union(*collected_from.values()), set(overridden)
    names = [one.name for one in found]
    collected = [one for one in found if one.line in there]
    return [
        one
        for one in found
        if one.line not in there
        and one.name not in hidden
        and (one.marked or names.count(one.name) > 1 or one.name in collected_from)
        and not any(one.instead_of(other) for other in collected)
    ]


@cache
def definitions(path: Path) -> tuple[Definition, ...]:
    """The test functions at the level of the module or of a class in it."""
    tree = parsed(path)
    return tuple(_in_scope(tree.body, "", marked=False)) if tree is not None else ()


@cache
def parsed(path: Path) -> ast.Module | None:
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):  # the collection has reported it
        return None


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """The statements, in the order of ast.walk, which also visits the many more expressions in them."""
    left = deque([tree])
    while left:
        one = left.popleft()
        yield one
        for name in BLOCKS:
            left += getattr(one, name, ())


@cache
def own_globals(path: Path) -> frozenset[str]:
    """The global names that functions of a file give values to: they may run at any time, in a thread too."""
    tree = parsed(path)
    found = [node.names for node in statements(tree) if isinstance(node, ast.Global)] if tree is not None else []
    return frozenset(name for names in found for name in names)


@cache
def fixture_cases(path: Path) -> Mapping[int, int]:
    """The number of listed parameters of the fixtures in a file, by their first line, where they are listed."""
    tree = parsed(path)
    functions = [node for node in statements(tree) if isinstance(node, Function)] if tree is not None else []
    found = {}
    for one in functions:
        for decorator in one.decorator_list if _is_fixture(one) else ():
            for keyword in getattr(decorator, "keywords", ()):
                if keyword.arg == "params" and (count := _listed(keyword.value)):
                    found[first_line(one)] = count
    return found


def _listed(values: ast.expr) -> int | None:
    """The number of values in a list or tuple; None for any other expression."""
    listed = values.elts if isinstance(values, ast.List | ast.Tuple) else [ast.Starred(values)]
    return None if any(isinstance(one, ast.Starred) for one in listed) else len(listed)


@cache
def setup_functions(path: Path) -> Mapping[str, Mapping[str, int]]:
    """The first lines of functions that run around tests, by their class ("" for the module) and name.

    Without those of a class that a decorator or a metaclass may have changed, and names that are also assigned.
    """
    tree = parsed(path)
    return dict(_setups(tree.body, "")) if tree is not None else {}


def _setups(body: Iterable[ast.stmt], owner: str) -> Iterator[tuple[str, dict[str, int]]]:
    found: dict[str, int] = {}
    for statement in body:
        if isinstance(statement, Function) and statement.name in SETUPS and _is_undecorated(statement):
            found[statement.name] = first_line(statement)
        elif isinstance(statement, ast.ClassDef) and not statement.decorator_list and not statement.keywords:
            yield from _setups(statement.body, f"{owner}.{statement.name}".lstrip("."))
        elif found and not isinstance(statement, ast.Expr):
            for node in ast.walk(statement):
                found.pop(str(getattr(node, "id", getattr(node, "name", ""))), None)
    if found:
        yield owner, found


def _is_undecorated(function: Function) -> bool:
    """True without a decorator of the project, which may replace the function."""
    names = map(beginning, function.decorator_list)
    return all(name in ("staticmethod", "classmethod") or name.startswith("pytest.") for name in names)


def _in_scope(body: Iterable[ast.stmt], prefix: str, *, marked: bool) -> Iterator[Definition]:
    marked = marked or any(_sets_pytestmark(one) and _names_a_check(one) for one in body)
    for statement in body:
        if isinstance(statement, Function):
            own = _definition(statement, prefix, marked=marked)
            if own.marked or statement.name.startswith("test"):
                yield own
            yield from _repeated_within(statement, f"{prefix}{statement.name}.")
        elif isinstance(statement, ast.ClassDef):
            inner_marked = marked or any(_names_a_check(one) for one in statement.decorator_list)
            yield from _in_scope(statement.body, f"{prefix}{statement.name}.", marked=inner_marked)
        else:
            for which, block in _blocks(statement):
                inner = _in_scope(block, prefix, marked=marked)
                alternative = isinstance(statement, ast.If | ast.Try | ast.Match)
                branch = ((statement.lineno, which),) if alternative else ()
                yield from (replace(one, branches=branch + one.branches) for one in inner)


def _definition(function: Function, prefix: str, *, marked: bool) -> Definition:
    calls = [call for one in function.decorator_list for call in ast.walk(one) if _is_check(call)]
    ids, named = frozenset(check for one in calls for check in _id_of(one)), bool(calls)
    own = named or (marked and function.name.startswith("test") and not _is_fixture(function))
    cases, foreign = _cases(function.decorator_list), not _is_undecorated(function)
    return Definition(prefix + function.name, first_line(function), ids, own, cases=cases, decorated=foreign)


def _repeated_within(function: Function, prefix: str) -> Iterator[Definition]:
    """Checks in a function, such as a block of pytest-describe, beside another function of their name."""
    inner = [one for one in function.body if isinstance(one, Function)]
    names = [one.name for one in inner]
    found = [_definition(one, prefix, marked=False) for one in inner if names.count(one.name) > 1]
    yield from (one for one in found if one.checks)
    for one in inner:
        yield from _repeated_within(one, f"{prefix}{one.name}.")


def _blocks(statement: ast.stmt) -> Iterator[tuple[str, list[ast.stmt]]]:
    """The statements within a statement, by the name of the block; the `else` of a try counts as its body."""
    whole = isinstance(statement, ast.Try)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield ("body" if whole else name), block
    for number, part in enumerate([*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]):
        yield f"part {number}", part.body


def beginning(decorator: ast.expr) -> str:
    """A decorator as it is written; of a call of a name no arguments, because ast.unparse takes long."""
    names, node = [], decorator.func if isinstance(decorator, ast.Call) else decorator
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ast.unparse(decorator)
    return ".".join([node.id, *reversed(names)]) + ("(" if isinstance(decorator, ast.Call) else "")


def first_line(function: Function) -> int:
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def _sets_pytestmark(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in statement.targets
    )


def _is_fixture(function: Function) -> bool:
    names = (beginning(getattr(one, "func", one)) for one in function.decorator_list)
    return any(name.rpartition(".")[2] == "fixture" for name in names)


def _cases(decorators: Iterable[ast.expr]) -> int:
    """The product of the parametrize marks whose values are written out; 0 without one."""
    counts = []
    for node in decorators:
        if isinstance(node, ast.Call) and len(node.args) > 1 and getattr(node.func, "attr", "") == "parametrize":
            count = _listed(node.args[1])
            counts += [] if count is None else [count]
    return prod(counts) if counts else 0


def _names_a_check(node: ast.AST) -> bool:
    return any(_is_check(one) for one in ast.walk(node))


def _id_of(call: ast.AST) -> Iterator[str]:
    for part in getattr(call, "args", ()):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _is_check(node: ast.AST) -> bool:
    """`pytest.mark.check(…)`, `mark.check(…)` or `check(…)`."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Name):
        return called.id == "check"
    owner = called.value if isinstance(called, ast.Attribute) and called.attr == "check" else None
    return getattr(owner, "attr", getattr(owner, "id", "")) == "mark"

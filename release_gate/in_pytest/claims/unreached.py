"""Asserts of tests that never run: in a function that nobody calls, behind a return, in a block that is never taken."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from release_gate.in_pytest.source_code.definitions import BLOCKS, parsed, statements

Function = ast.FunctionDef | ast.AsyncFunctionDef
BY_ANY_NAME = frozenset({"locals", "globals", "vars", "eval", "exec", "inspect"})
"""Names with which a function may be called that is named nowhere."""


def unreached_asserts(path: Path) -> list[int]:
    """Lines of such asserts, and of nested functions that hold some, in the tests of a file."""
    source = path.read_bytes() if path.is_file() else b""
    tree = parsed(path) if b"assert" in source else None
    if tree is None:
        return []
    tests = [one for one in statements(tree) if isinstance(one, Function) and one.name.startswith("test")]
    return sorted({line for test in tests for line in (*_dead_in(test.body), *_uncalled_in(test))})


def _dead_in(body: list[ast.stmt]) -> Iterator[int]:
    ended = False
    for one in body:
        if ended and (line := _first_assert([one])):
            yield line
            return
        ended = ended or isinstance(one, ast.Return | ast.Continue | ast.Break)
        if _is_never_taken(one):
            line = _first_assert(getattr(one, "body", ()))
            yield from [line] if line else []
        if not isinstance(one, Function | ast.ClassDef):
            for block in _blocks_of(one):
                yield from _dead_in(block)


def _is_never_taken(one: ast.stmt) -> bool:
    """True for `if False:`, `while 0:` and `for x in []:`."""
    match one:
        case ast.If(test=ast.Constant(value=value)) | ast.While(test=ast.Constant(value=value)):
            return not value
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return True
        case ast.For(iter=ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[])):
            return True
        case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=0)])):
            return True
    return False


def _uncalled_in(test: Function) -> Iterator[int]:
    """Nested functions and classes with asserts whose name nobody reads, and generators that nobody iterates over."""
    inner = [one for one in _own_statements(test) if isinstance(one, Function | ast.ClassDef)]
    holding = [one for one in inner if not one.decorator_list and _first_assert(one.body)]
    if not holding:
        return
    names = [one for one in ast.walk(test) if isinstance(one, ast.Name)]
    if any(one.id in BY_ANY_NAME for one in names):
        return
    shared = {name for one in ast.walk(test) if isinstance(one, ast.Global | ast.Nonlocal) for name in one.names}
    for one in holding:
        within = {id(node) for node in ast.walk(one)}
        uses = [name for name in names if name.id == one.name and id(name) not in within]
        if not uses and one.name not in shared:
            yield one.lineno
        elif isinstance(one, ast.FunctionDef) and _is_generator(one):
            alone = [use.lineno for use in uses if id(use) in _called_alone(test)]
            yield from alone if len(alone) == len(uses) else []


def _own_statements(function: Function) -> Iterator[ast.stmt]:
    left: list[ast.stmt] = list(function.body)
    while left:
        one = left.pop()
        yield one
        if not isinstance(one, Function | ast.ClassDef):
            left += [statement for block in _blocks_of(one) for statement in block]


def _called_alone(test: Function) -> set[int]:
    """The names whose call is a statement of its own."""
    return {
        id(one.value.func)
        for one in _own_statements(test)
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)
    }


def _is_generator(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Yield | ast.YieldFrom)
        for one in _own_statements(function)
        if not isinstance(one, Function | ast.ClassDef)
        for node in ast.walk(one)
    )


def _first_assert(body: Iterable[ast.AST]) -> int:
    """The line of the first assert; 0 where there is none."""
    found = (node for one in body for node in ast.walk(one))
    return min((node.lineno for node in found if isinstance(node, ast.Assert) and not _says_nothing(node)), default=0)


def _says_nothing(node: ast.Assert) -> bool:
    """`assert True`, and `assert False` for what must not be reached."""
    return isinstance(node.test, ast.Constant)


def _blocks_of(one: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in BLOCKS:
        parts = getattr(one, name, [])
        yield [part for part in parts if isinstance(part, ast.stmt)]
        yield from (part.body for part in parts if isinstance(part, ast.ExceptHandler | ast.match_case))

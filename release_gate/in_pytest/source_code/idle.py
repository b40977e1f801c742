"""Statements of tests that look like a claim and check nothing: a comparison without assert, `pytest.raises` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from release_gate.in_pytest.source_code.definitions import BLOCKS, beginning, parsed, statements

Function = ast.FunctionDef | ast.AsyncFunctionDef
Try = ast.Try | ast.TryStar
EXPECTING = frozenset({"pytest.raises(", "pytest.warns(", "pytest.approx(", "pytest.deprecated_call("})
"""Calls, as `beginning` writes them, that only a with or a comparison makes a claim."""


def idle_statements(path: Path) -> list[int]:
    """Lines of such statements in the test functions of a file, and of asserts that name a function of it."""
    tree = parsed(path)
    if tree is None:
        return []
    tests = [one for one in statements(tree) if isinstance(one, Function) and one.name.startswith("test")]
    idle = [node.lineno for test in tests for node in _directly_in(test) if _is_idle(node)]
    return sorted({*idle, *_asserted_functions(tree)})


def swallowing_ends(path: Path) -> list[int]:
    """Lines on which a `finally` is left by return, break or continue: whatever failed before it is gone."""
    tree = parsed(path)
    ends = [node.finalbody for node in statements(tree) if isinstance(node, Try)] if tree is not None else []
    return sorted({line for body in ends for one in body for line in _leaving(one, looped=False)})


def _leaving(statement: ast.AST, *, looped: bool) -> Iterator[int]:
    """Lines that leave the block around a statement, by a loop around that block or by its function."""
    if isinstance(statement, ast.Return) or (isinstance(statement, ast.Break | ast.Continue) and not looped):
        yield statement.lineno
    elif not isinstance(statement, Function | ast.ClassDef):
        within = looped or isinstance(statement, ast.For | ast.AsyncFor | ast.While)
        for name in BLOCKS:
            for one in getattr(statement, name, ()):
                yield from _leaving(one, looped=within)


def _directly_in(statement: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a test; not those of a `with` or `try`, in which a comparison may be expected to raise."""
    for name in BLOCKS:
        for one in getattr(statement, name, ()):
            if isinstance(one, ast.stmt) and not isinstance(one, ast.With | ast.AsyncWith | ast.Try | Function):
                yield one
                yield from _directly_in(one)


def _is_idle(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(value, ast.Call):
        return beginning(value) in EXPECTING and len(value.args) < 2
    return isinstance(value, ast.Compare)


def _asserted_functions(tree: ast.Module) -> Iterator[int]:
    """Lines of `assert name` where the name is a function of the module and nothing else."""
    functions = {one.name for one in tree.body if isinstance(one, Function)}
    named = [node for node in statements(tree) if isinstance(node, ast.Assert) and isinstance(node.test, ast.Name)]
    suspect = [(node.lineno, node.test.id) for node in named if isinstance(node.test, ast.Name)]
    if any(name in functions for _, name in suspect):
        other = {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}
        other |= {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)}
        yield from (line for line, name in suspect if name in functions - other)

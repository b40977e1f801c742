"""Statements of tests that look like a claim and check nothing: a comparison without assert, `pytest.raises` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from release_gate.in_pytest.source_code.definitions import BLOCKS, beginning, parsed, statements

Function = ast.FunctionDef | ast.AsyncFunctionDef
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

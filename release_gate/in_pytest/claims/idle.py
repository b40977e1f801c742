"""Statements of tests that look like a claim and check nothing: a comparison alone, an assert that always holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from release_gate.in_pytest.source_code.definitions import BLOCKS, beginning, parsed, statements

Function = ast.FunctionDef | ast.AsyncFunctionDef
Try = ast.Try | ast.TryStar
EXPECTING = frozenset({"pytest.raises(", "pytest.warns(", "pytest.approx(", "pytest.deprecated_call("})
"""Calls, as `beginning` writes them, that only a with or a comparison makes a claim."""
EXPECTING_OF_UNITTEST: Mapping[str, int] = {
    "assertRaises": 2,
    "assertWarns": 2,
    "assertRaisesRegex": 3,
    "assertWarnsRegex": 3,
    "assertLogs": 9,
    "assertNoLogs": 9,
    "subTest": 99,
}
"""The same of unittest, with the number of arguments from which on they call something themselves."""
JUDGING = frozenset({"isinstance", "issubclass", "isclose", "allclose", "array_equal"})
"""Functions that answer and do nothing else."""
LAZY = frozenset({"map", "filter"})
ITERATORS = frozenset({"map", "filter", "zip", "enumerate", "reversed", "iter"})
"""Functions of Python whose answer is true, whatever is in it."""
MISSPELT = frozenset({"called_once_with", "called_with", "called_once", "not_called", "has_calls", "any_call"})
"""Names that a mock takes for attributes of the product: each of its assert methods begins with `assert_`."""


def idle_statements(path: Path) -> list[int]:
    """Lines of such statements in the test functions of a file, and of asserts of a function or a method of it."""
    tree = parsed(path)
    if tree is None:
        return []
    tests = [one for one in statements(tree) if isinstance(one, Function) and one.name.startswith("test")]
    idle = [node.lineno for test in tests for node in _directly_in(test) if _is_idle(node)]
    return sorted({*idle, *_asserted_functions(tree), *_asserted_methods(tree)})


def idle_asserts(path: Path) -> list[int]:
    """Lines of asserts that hold whatever happens: of a tuple, a text, a lambda, `x or "text"`, `not []` and the like.

    `assert True` is left to its author: it says openly that it claims nothing.
    """
    source = path.read_bytes() if path.is_file() else b""
    tree = parsed(path) if b"assert" in source else None
    asserted = [one for one in statements(tree) if isinstance(one, ast.Assert)] if tree is not None else []
    return [one.lineno for one in asserted if _always_holds(one.test) and not _is_constant_alone(one.test)]


def _is_constant_alone(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and not isinstance(test.value, str | bytes)


def _always_holds(test: ast.expr) -> bool:
    """True if the source alone shows that an expression is true."""
    match test:
        case ast.Tuple() | ast.List() | ast.Set():
            return not all(isinstance(one, ast.Starred) for one in test.elts)
        case ast.Dict():
            return any(key is not None for key in test.keys)
        case ast.BoolOp():
            enough = any if isinstance(test.op, ast.Or) else all
            return enough(map(_always_holds, test.values))
        case ast.IfExp():
            return _always_holds(test.body) and _always_holds(test.orelse)
        case ast.NamedExpr():
            return _always_holds(test.value)
        case ast.UnaryOp(op=ast.Not()):
            return _never_holds(test.operand)
        case ast.Constant():
            return bool(test.value)
        case ast.Call(func=ast.Name(id=name)):
            return name in ITERATORS
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in MISSPELT
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _is_of_every_length(left, operator, right)
    return isinstance(test, ast.GeneratorExp | ast.Lambda | ast.JoinedStr)


def _is_of_every_length(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
    """`len(…) >= 0`, `len(…) > -1`, `0 <= len(…)`."""
    if isinstance(operator, ast.LtE | ast.Lt):
        left, right, operator = right, left, ast.GtE() if isinstance(operator, ast.LtE) else ast.Gt()
    if not (isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "len"):
        return False
    bound = ast.unparse(right)
    return (isinstance(operator, ast.GtE) and bound == "0") or (isinstance(operator, ast.Gt) and bound == "-1")


def _never_holds(test: ast.expr) -> bool:
    """True if the source alone shows that an expression is false."""
    match test:
        case ast.Tuple() | ast.List():
            return not test.elts
        case ast.Dict():
            return not test.keys
        case ast.BoolOp():
            enough = all if isinstance(test.op, ast.Or) else any
            return enough(map(_never_holds, test.values))
        case ast.UnaryOp(op=ast.Not()):
            return _always_holds(test.operand)
        case ast.Constant():
            return not test.value
    return False


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
        is_loop = isinstance(statement, ast.For | ast.AsyncFor | ast.While)
        for name in BLOCKS:
            # A break after a loop, in its else, leaves the loop around it.
            within = looped or (is_loop and name != "orelse")
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
        return _is_idle_call(value)
    if isinstance(value, ast.Attribute):
        return value.attr.startswith("assert")
    return isinstance(value, ast.GeneratorExp) or (value is not None and _only_compares(value))


def _only_compares(value: ast.expr) -> bool:
    if isinstance(value, ast.BoolOp):
        return all(map(_only_compares, value.values))
    if isinstance(value, ast.UnaryOp):
        return isinstance(value.op, ast.Not) and _only_compares(value.operand)
    return isinstance(value, ast.Compare)


def _is_idle_call(call: ast.Call) -> bool:
    name = str(getattr(call.func, "attr", getattr(call.func, "id", "")))
    if name in EXPECTING_OF_UNITTEST and isinstance(call.func, ast.Attribute):
        return len(call.args) < EXPECTING_OF_UNITTEST[name]
    if name in ("all", "any") and isinstance(call.func, ast.Name) and call.args:
        # A generator of calls may be there for what these do.
        return not any(isinstance(one, ast.Call | ast.Await) for one in ast.walk(call.args[0]))
    if name in JUDGING or (name in LAZY and isinstance(call.func, ast.Name)):
        return True
    return beginning(call) in EXPECTING and len(call.args) < 2


def _asserted_functions(tree: ast.Module) -> Iterator[int]:
    """Lines of `assert name` where the name is a function of the module and nothing else."""
    functions = {one.name for one in tree.body if isinstance(one, Function)}
    named = [node for node in statements(tree) if isinstance(node, ast.Assert) and isinstance(node.test, ast.Name)]
    suspect = [(node.lineno, node.test.id) for node in named if isinstance(node.test, ast.Name)]
    if any(name in functions for _, name in suspect):
        other = {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}
        other |= {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)}
        yield from (line for line, name in suspect if name in functions - other)


def _asserted_methods(tree: ast.Module) -> Iterator[int]:
    """Lines of `assert self.name` where the name is a plain method of the class and nothing else."""
    for owner in statements(tree):
        if not isinstance(owner, ast.ClassDef):
            continue
        methods = {one.name for one in owner.body if isinstance(one, Function) and not one.decorator_list}
        suspect = [found for node in statements(owner) for found in _asserted_of_own(node)]
        if any(name in methods for _, name in suspect):
            nodes = [*ast.walk(owner)]
            given = {one.attr for one in nodes if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)}
            given |= {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
            yield from (line for line, name in suspect if name in methods - given)


def _asserted_of_own(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Assert(test=ast.Attribute(value=ast.Name(id="self"), attr=name)):
            yield node.lineno, name

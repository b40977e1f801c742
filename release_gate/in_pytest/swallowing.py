"""Decorators whose source lets any exception of what they call disappear."""

from __future__ import annotations

import ast
import contextlib
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType
from typing import Any

ANYTHING = frozenset({"Exception", "BaseException"})
SUPPRESSING = frozenset({"suppress"})
"""Context managers that hide the exceptions they name; pytest.raises fails where none comes."""


def swallows_anything(decorated: Any) -> bool:
    """Whether one of the functions around a test's own catches every exception and does not raise it again.

    One that names the exceptions it catches expects these, as nose's `raises` did.
    """
    return any(_hides(code) for code in _codes_around(decorated))


def _codes_around(decorated: Any) -> Iterator[CodeType]:
    """The code of each decorator from the outermost to the one next to the test's own function."""
    one, seen = decorated, set[int]()
    while hasattr(one, "__wrapped__") and id(one) not in seen:
        seen.add(id(one))
        manager = _manager_of(one)
        if manager is not None:
            yield manager
        called = one if isinstance(one, FunctionType) else inspect.getattr_static(type(one), "__call__", None)
        if isinstance(called, FunctionType):
            yield called.__code__
        one = one.__wrapped__
        one = getattr(one, "__func__", one)


def _manager_of(decorated: Any) -> CodeType | None:
    """The code that sees the exceptions of what a context manager decorates: its generator's, or its `__exit__`."""
    if getattr(getattr(decorated, "__code__", None), "co_filename", "") != contextlib.__file__:
        return None
    manager = inspect.getclosurevars(decorated).nonlocals.get("self")
    sees = getattr(manager, "func", None) or inspect.getattr_static(type(manager), "__exit__", None)
    return getattr(sees, "__code__", None)


@cache
def _hides(code: CodeType) -> bool:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
    except (OSError, SyntaxError, TypeError):  # no source, or not one that stands alone
        return False
    return any(_hides_here(node) for node in ast.walk(tree))


def _hides_here(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        return _names_anything(node.type) and not any(isinstance(one, ast.Raise | ast.Assert) for one in ast.walk(node))
    if isinstance(node, ast.FunctionDef) and node.name == "__exit__":
        answers = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
        certain = all(isinstance(one, ast.Constant) and one.value is True for one in answers)
        return bool(answers) and certain and not any(isinstance(one, ast.If | ast.IfExp) for one in ast.walk(node))
    if isinstance(node, ast.With | ast.AsyncWith):
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        return any(_name(call.func) in SUPPRESSING and any(map(_names_anything, call.args)) for call in calls)
    return False


def _names_anything(kind: ast.expr | None) -> bool:
    """No kind of exception is named, or one that every other is."""
    if isinstance(kind, ast.Tuple):
        return any(map(_names_anything, kind.elts))
    return kind is None or _name(kind) in ANYTHING


def _name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))

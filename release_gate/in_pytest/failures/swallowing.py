"""Finds decorators whose source suppresses any exception of the function that they call."""

from __future__ import annotations

import ast
import contextlib
import inspect
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

ANYTHING = frozenset({"Exception", "BaseException"})
SUPPRESSING = frozenset({"suppress"})
"""Context managers that suppress the exceptions they name; pytest.raises fails if none is raised."""


def is_swallowed(error: BaseException, decorated: Any) -> bool:
    """True if an exception that came out of a test's function ended in a decorator that would catch every one.

    The outermost frame of its traceback is the one that caught it. A decorator that names the exceptions it catches
    expects these, as nose's `raises` did.
    """
    trace = error.__traceback__
    if trace is None:
        return False
    code = trace.tb_frame.f_code
    if code not in set(_codes_around(decorated)):
        return False
    told = _exit_of(trace.tb_frame.f_locals.get("self")) if code.co_filename == contextlib.__file__ else code
    return told is not None and _hides(told, trace.tb_lineno)


def _codes_around(decorated: Any) -> Iterator[CodeType]:
    """The code of each decorator from the outermost to the one next to the test's own function."""
    one, seen = decorated, set[int]()
    while hasattr(one, "__wrapped__") and id(one) not in seen:
        seen.add(id(one))
        called = one if isinstance(one, FunctionType) else inspect.getattr_static(type(one), "__call__", None)
        if isinstance(called, FunctionType):
            yield called.__code__
            if called.__code__.co_filename == contextlib.__file__:
                made_by = getattr(inspect.getclosurevars(called).nonlocals.get("self"), "func", None)
                yield from [made_by.__code__] if isinstance(made_by, FunctionType) else []
        one = one.__wrapped__
        one = getattr(one, "__func__", one)


def _exit_of(manager: object) -> CodeType | None:
    """The code of a context manager's `__exit__`, which receives exceptions."""
    told = inspect.getattr_static(type(manager), "__exit__", None)
    return getattr(told, "__code__", None)


def _hides(code: CodeType, line: int) -> bool:
    """True if it suppresses every exception of this line, or is an `__exit__` that always returns True."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
    except (OSError, SyntaxError, TypeError):  # no source, or not one that stands alone
        return False
    within = line - code.co_firstlineno + 1
    return any(_hides_here(node, within) for node in ast.walk(tree))


def _hides_here(node: ast.AST, line: int) -> bool:
    if isinstance(node, ast.FunctionDef) and node.name == "__exit__":
        answers = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
        certain = all(isinstance(one, ast.Constant) and one.value is True for one in answers)
        return bool(answers) and certain and not any(isinstance(one, ast.If | ast.IfExp) for one in ast.walk(node))
    if isinstance(node, ast.Try) and _covers(node.body, line):
        return any(_names_anything(one.type) and not _raises(one) for one in node.handlers)
    if isinstance(node, ast.With | ast.AsyncWith) and _covers(node.body, line):
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        return any(_name(call.func) in SUPPRESSING and any(map(_names_anything, call.args)) for call in calls)
    return False


def _covers(body: list[ast.stmt], line: int) -> bool:
    return any(one.lineno <= line <= (one.end_lineno or one.lineno) for one in body)


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(one, ast.Raise | ast.Assert) for one in ast.walk(handler))


def _names_anything(kind: ast.expr | None) -> bool:
    """True if no exception type is named, or one that includes all others."""
    if isinstance(kind, ast.Tuple):
        return any(map(_names_anything, kind.elts))
    return kind is None or _name(kind) in ANYTHING


def _name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))

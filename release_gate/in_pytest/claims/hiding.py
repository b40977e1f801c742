"""Places in a module of tests at which a failed assertion is hidden: an `except` or a `suppress` that does nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from release_gate.in_pytest.source_code.definitions import BLOCKS, parsed, statements

Function = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.For | ast.AsyncFor | ast.While
Try = ast.Try | ast.TryStar
With = ast.With | ast.AsyncWith
ASSERTIONS = frozenset({"AssertionError", "failureException"})
EVERYTHING = frozenset({"Exception", "BaseException"})
TELLING = frozenset({"print", "pprint", "sleep", "debug", "info", "warning", "error", "exception", "log", "warn"})
"""Functions that an `except` may call and has dealt with nothing: they tell or wait."""
EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex"})


@dataclass(frozen=True, slots=True)
class Names:
    """Names of a module with a meaning. suppressing: contextlib.suppress. quiet: its own context managers that suppress
    every failure. kinds: its tuples of exceptions, by their names. in_test: True for the function of a test, in which a
    call may be an assertion where AssertionError is named; elsewhere it may be a decorator's, which is judged as it
    runs. tree: the module."""

    suppressing: frozenset[str]
    quiet: frozenset[str]
    kinds: dict[str, ast.expr]
    tree: ast.Module
    in_test: bool = False


def hidden_asserts(path: Path) -> list[int]:
    """Lines of an `except`, a `suppress` or the like that hides that an assertion of the same function failed.

    One that raises, records the failure, answers with a value, or keeps one that is read somewhere, has dealt with it;
    so has a loop that tries again and says afterwards that it gave up.
    """
    source = path.read_bytes() if path.is_file() else b""
    tree = parsed(path) if b"except" in source or b"suppress" in source or b"__exit__" in source else None
    if tree is None:
        return []
    names = _names_in(tree)
    functions = [one for one in statements(tree) if isinstance(one, Function)]
    of = {one: replace(names, in_test=one.name.startswith("test")) for one in functions}
    return sorted({line for one in functions for line in _hidden_in(one.body, of[one], ())})


def _names_in(tree: ast.Module) -> Names:
    suppressing, quiet, kinds = {"suppress"}, set[str](), dict[str, ast.expr]()
    for one in statements(tree):
        if isinstance(one, ast.ImportFrom) and one.module == "contextlib":
            suppressing |= {alias.asname or alias.name for alias in one.names if alias.name == "suppress"}
        elif isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            kinds[one.targets[0].id] = one.value
    names = Names(frozenset(suppressing), frozenset(), kinds, tree)
    for one in statements(tree):
        is_class = isinstance(one, ast.ClassDef) and any(map(_always_suppresses, one.body))
        if is_class or (isinstance(one, Function) and _is_quiet_manager(one, names)):
            quiet.add(str(getattr(one, "name", "")))
    return replace(names, quiet=frozenset(quiet))


def _always_suppresses(statement: ast.stmt) -> bool:
    """True for an `__exit__` that always returns True."""
    if not isinstance(statement, Function) or statement.name not in ("__exit__", "__aexit__"):
        return False
    answers = [one.value for one in statements(statement) if isinstance(one, ast.Return)]
    certain = all(isinstance(one, ast.Constant) and one.value is True for one in answers)
    return bool(answers) and certain and not any(isinstance(one, ast.If) for one in statements(statement))


def _is_quiet_manager(function: Function, names: Names) -> bool:
    """True for a `@contextmanager` whose `yield` stands where a failed assertion is hidden."""
    if not any(_name(one).endswith("contextmanager") for one in function.decorator_list):
        return False
    return any(
        (isinstance(one, Try) and _yields(one.body) and _idle_handler(one, names) is not None)
        or (isinstance(one, With) and _yields(one.body) and any(_suppresses(item, names) for item in one.items))
        for one in statements(function)
    )


def _yields(body: Iterable[ast.stmt]) -> bool:
    return any(isinstance(one, ast.Yield) for statement in body for one in ast.walk(statement))


def _hidden_in(
    body: list[ast.stmt], names: Names, after: tuple[ast.stmt, ...], *, retried: bool = False
) -> Iterator[int]:
    """after: the statements that follow once the loop around has ended. retried: True within a loop."""
    for place, one in enumerate(body):
        rest = tuple(body[place + 1 :])
        if isinstance(one, Try):
            yield from _hidden_by_try(one, names, after, retried=retried)
        elif isinstance(one, With):
            yield from _hidden_by_with(one, names, after, retried=retried)
        if isinstance(one, Function | ast.ClassDef):
            continue
        inner = (*getattr(one, "orelse", ()), *rest, *after) if isinstance(one, Loop) else after if retried else ()
        for name in BLOCKS:
            for block in _blocks_of(getattr(one, name, [])):
                yield from _hidden_in(block, names, inner, retried=retried or isinstance(one, Loop))


def _blocks_of(parts: list[ast.AST]) -> list[list[ast.stmt]]:
    plain = [one for one in parts if isinstance(one, ast.stmt)]
    return [plain, *(one.body for one in parts if isinstance(one, ast.ExceptHandler | ast.match_case))]


def _hidden_by_try(one: Try, names: Names, after: tuple[ast.stmt, ...], *, retried: bool) -> Iterator[int]:
    handler = _idle_handler(one, names)
    if handler is None or _acts(one.orelse):
        return
    by_name, everything = _catches(handler.type, names)
    meant = _claims(one.body, more=everything) or (by_name and names.in_test and _acts(_unheard(one.body)))
    if meant and not (retried and _leaves([*one.body, *one.orelse]) and _acts(after)):
        yield handler.lineno


def _hidden_by_with(one: With, names: Names, after: tuple[ast.stmt, ...], *, retried: bool) -> Iterator[int]:
    if retried and _leaves(one.body) and _acts(after):
        return
    by_name, by_any = False, False
    for item in one.items:
        found = _suppresses(item, names)
        by_name, by_any = by_name or found == "named", by_any or bool(found)
    entered = [
        call
        for statement in one.body
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and _name(call.func) == "enter_context" and call.args
    ]
    by_any |= any(_suppresses(ast.withitem(call.args[0]), names) for call in entered)
    if (by_any and _claims(one.body)) or (by_name and names.in_test and _acts(_unheard(one.body))):
        yield one.lineno


def _suppresses(item: ast.withitem, names: Names) -> str:
    """`named` for one that suppresses AssertionError by that name, `any` for one that suppresses all, else empty."""
    for call in ast.walk(item.context_expr):
        if not isinstance(call, ast.Call):
            continue
        if _name(call.func) in names.quiet:
            return "any"
        if _name(call.func) in names.suppressing:
            caught = [_catches(kind, names) for kind in call.args]
            if any(by_name for by_name, _ in caught):
                return "named"
            if any(_is_general(kind, names) for kind in call.args):
                return "any"
    return ""


def _idle_handler(one: Try, names: Names) -> ast.ExceptHandler | None:
    """The first handler that catches a failed assertion, if it does nothing about it."""
    for handler in one.handlers:
        if _catches(handler.type, names)[0] or _is_general(handler.type, names):
            return handler if all(_is_idle(one, names) for one in handler.body) else None
    return None


@cache
def _read_in(tree: ast.Module) -> frozenset[str]:
    """The names that a module reads somewhere, or that others may read."""
    found = set[str]()
    for one in ast.walk(tree):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load):
            found.add(one.id)
        elif isinstance(one, ast.Global | ast.Nonlocal):
            found.update(one.names)
    return frozenset(found)


def _is_idle(statement: ast.stmt, names: Names) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return name not in _read_in(names.tree) and not _acts([statement])
        case ast.Pass() | ast.Continue() | ast.Break():
            return True
        case ast.Return(value=value):
            return value is None or (isinstance(value, ast.Constant) and value.value is None)
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call() | ast.Await() as value):
            call = value.value if isinstance(value, ast.Await) else value
            return isinstance(call, ast.Call) and _name(call.func) in TELLING
    return False


def _catches(kind: ast.expr | None, names: Names) -> tuple[bool, bool]:
    """True if AssertionError is named; True if it catches even what pytest.fail raises."""
    kind = kind.value if isinstance(kind, ast.Starred) else kind
    if isinstance(kind, ast.Tuple):
        found = [_catches(one, names) for one in kind.elts]
        return any(by_name for by_name, _ in found), any(everything for _, everything in found)
    name = _name(kind) if kind is not None else "BaseException"
    if isinstance(names.kinds.get(name), ast.Tuple):
        return _catches(names.kinds[name], names)
    return name in ASSERTIONS, name == "BaseException"


def _is_general(kind: ast.expr | None, names: Names) -> bool:
    kind = kind.value if isinstance(kind, ast.Starred) else kind
    if isinstance(kind, ast.Tuple):
        return any(_is_general(one, names) for one in kind.elts)
    if kind is not None and isinstance(names.kinds.get(_name(kind)), ast.Tuple):
        return _is_general(names.kinds[_name(kind)], names)
    return kind is None or _name(kind) in EVERYTHING


def _claims(body: Iterable[ast.stmt], *, more: bool = False) -> bool:
    """True if one of the statements asserts; not in a function of its own, nor where an exception is expected.

    more: pytest.fail counts too.
    """
    for one in body:
        if isinstance(one, ast.Assert):
            return True
        if isinstance(one, Function | ast.ClassDef) or (isinstance(one, With) and _expects(one)):
            continue
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
            name = _name(one.value.func)
            own = isinstance(one.value.func, ast.Attribute) and _name(one.value.func.value) == "self"
            if name.startswith("assert") or (name == "fail" and (more or own)):
                return True
        if any(_claims(block, more=more) for part in BLOCKS for block in _blocks_of(getattr(one, part, []))):
            return True
    return False


def _expects(one: With) -> bool:
    return any(
        isinstance(item.context_expr, ast.Call) and _name(item.context_expr.func) in EXPECTING for item in one.items
    )


def _acts(body: Iterable[ast.stmt]) -> bool:
    """True if something is called, raised or asserted, so that what went before may still be dealt with."""
    kinds = ast.Call | ast.Raise | ast.Assert
    return any(isinstance(one, kinds) for statement in body for one in ast.walk(statement))


def _unheard(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """The statements without those of evidence.expect, which keeps each failure."""
    return [one for one in body if not any(getattr(node, "attr", "") == "expect" for node in ast.walk(one))]


def _leaves(body: Iterable[ast.stmt]) -> bool:
    return any(isinstance(one, ast.Break | ast.Return) for statement in body for one in ast.walk(statement))


def _name(node: ast.expr | None) -> str:
    """The last name of `a.b.c`, of its call too."""
    node = node.func if isinstance(node, ast.Call) else node
    return str(getattr(node, "attr", getattr(node, "id", "")))

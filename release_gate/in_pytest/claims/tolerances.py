"""Comparisons of tests whose tolerance is infinite, so that every number is near enough."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from release_gate.in_pytest.source_code.definitions import parsed, statements

NEAR = ("approx", "isclose", "allclose", "assert_", "assertAlmostEqual", "assertNotAlmostEqual", "close_to")
"""Beginnings of the names of functions that take a tolerance, of Python, pytest, unittest, numpy, pandas and polars."""
TOLERANCES = frozenset({"abs", "rel", "abs_tol", "rel_tol", "atol", "rtol", "delta", "tolerance"})
POSITIONS: Mapping[str, int] = {"approx": 1, "isclose": 2, "allclose": 2, "assert_allclose": 2}
"""The first position of a tolerance among the arguments; isclose of math takes none by position."""
INFINITE = frozenset({"inf", "Inf", "infty", "Infinity", "PINF"})
LARGEST = 1e100
"""A number from which on a tolerance is none: no quantity is near it."""
TEXTS = ("inf", "infinity")


def infinite_tolerances(path: Path) -> list[int]:
    """Lines of such comparisons; a name counts where the module gives it one value."""
    source = path.read_bytes() if path.is_file() else b""
    tree = parsed(path) if any(name.encode() in source for name in NEAR) else None
    if tree is None:
        return []
    values = _values_of(tree)
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and _name(one.func).startswith(NEAR)]
    return sorted({one.lineno for one in calls if any(_is_infinite(value, values) for value in _tolerances_of(one))})


def _tolerances_of(call: ast.Call) -> list[ast.expr]:
    given = [one.value for one in call.keywords if one.arg in TOLERANCES]
    first = POSITIONS.get(_name(call.func))
    return given + (call.args[first : first + 2] if first is not None else [])


def _values_of(tree: ast.Module) -> dict[str, ast.expr]:
    """The names of the module that are given a value once."""
    found: dict[str, list[ast.expr]] = {}
    for one in statements(tree):
        if isinstance(one, ast.ImportFrom) and one.module in ("math", "numpy", "cmath"):
            for alias in one.names:
                found.setdefault(alias.asname or alias.name, []).append(ast.Name(alias.name))
        elif isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None:
            for target in one.targets if isinstance(one, ast.Assign) else [one.target]:
                found.setdefault(_name(target), []).append(one.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _is_infinite(value: ast.expr, values: Mapping[str, ast.expr]) -> bool:
    match value:
        case ast.Constant(value=int() | float() as number):
            return number >= LARGEST
        case ast.Call(args=[ast.Constant(value=str() as text)]):
            return _name(value.func) in ("float", "Decimal") and text.strip().lstrip("+").lower() in TEXTS
        case ast.Attribute(attr="max", value=ast.Attribute(attr="float_info")):
            return True
        case ast.Attribute(attr=name):
            return name in INFINITE
        case ast.Name(id=name) if name in values:
            there = values[name]
            own = isinstance(there, ast.Name) and there.id in INFINITE
            return own or (not isinstance(there, ast.Name) and _is_infinite(there, values))
    return False


def _name(node: ast.AST) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))

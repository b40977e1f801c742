"""The functions that a source file compiles to, with and without pytest's rewriting of asserts."""

from __future__ import annotations

import ast
import dis
from builtins import compile as to_code  # bound here: a conftest may replace it
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TypeAlias

import pytest
from _pytest.assertion import rewrite

from release_gate.in_pytest.source_code.definitions import beginning, statements

Place: TypeAlias = tuple[str, int]
"""The name of a function and its first line."""
PARSE = ast.parse
RAISE = dis.opmap["RAISE_VARARGS"]
DECORATORS_OF_PYTEST = ("pytest.", "mark.", "fixture", "staticmethod", "classmethod", "property")


def _parts_of_rewriting() -> dict[str, tuple[Any, Any]]:
    parts = {f"AssertionRewriter.{name}": value for name, value in vars(rewrite.AssertionRewriter).items()}
    parts |= {name: value for name, value in vars(rewrite).items() if isinstance(value, FunctionType | type)}
    return {name: (value, getattr(value, "__code__", None)) for name, value in parts.items()}


REWRITING = _parts_of_rewriting()
"""pytest's rewriting, saved before code of a project could change it."""
REPLACEABLE = frozenset({"_read_pyc"})
"""Parts that a package may replace, as inline-snapshot does: they read compiled files and write no assert."""


def altered_rewriting(allowed: Callable[[object], bool]) -> list[str]:
    """The names of the parts of pytest's rewriting of asserts that have been changed.

    allowed: says which functions may replace a part of REPLACEABLE; nothing may replace another one.
    """
    now = _parts_of_rewriting()
    changed = {name: now.get(name, (None, None)) for name, part in REWRITING.items() if now.get(name) != part}
    return sorted(name for name, (value, _) in changed.items() if name not in REPLACEABLE or not allowed(value))


class Compiled:
    """A source file, compiled now. Raises OSError, SyntaxError or ValueError where that is impossible."""

    def __init__(self, path: Path, config: pytest.Config) -> None:
        self._path, self._config = path, config
        self._source = path.read_bytes()
        self._plain = _by_place(to_code(self._source, str(path), "exec", dont_inherit=True))
        self._rewritten: dict[Place, list[CodeType]] | None = None
        self._decorated: dict[Place, Place] | None = None
        self._first_lines: dict[int, int] = {}
        self._tree: ast.Module | None = None

    def holds(self, code: CodeType) -> bool:
        """True if a function's code is one of the file's: compiled by Python, or rewritten by pytest.

        A decorator of the project may have compiled its function again, as typeguard does; it must keep the asserts.
        """
        place = code.co_qualname, code.co_firstlineno
        again = self._compiled_again()
        plain = self._plain.get(again.get(place, place), [])
        own = code in plain or (plain and code in self._by_pytest().get(place, [])) or place in again
        return bool(own) and any(self._raises_in(one) <= self._raises_in(code) for one in plain)

    def has(self, code: CodeType) -> bool:
        """True if the code is one of the file's as it stands, with or without pytest's rewriting."""
        place = code.co_qualname, code.co_firstlineno
        return code in self._plain.get(place, ()) or code in self._by_pytest().get(place, ())

    def names(self, qualname: str) -> bool:
        """True if a class or function of that name is written in the file."""
        return any(name == qualname for name, _ in self._plain)

    def _raises_in(self, code: CodeType) -> set[int]:
        """The lines at which the code raises, as a failed assert does; the first line of a statement over several."""
        operations = code.co_code[::2]
        if RAISE not in operations:
            return set()
        places = zip(operations, code.co_positions(), strict=True)
        lines = {position[0] or 0 for operation, position in places if operation == RAISE}
        return {self._first_lines.get(line, line) for line in lines}

    def _by_pytest(self) -> dict[Place, list[CodeType]]:
        if self._rewritten is None:
            tree, self._tree = self._parsed(), None  # it is rewritten in place
            rewrite.rewrite_asserts(tree, self._source, str(self._path), self._config)
            self._rewritten = _by_place(to_code(tree, str(self._path), "exec", dont_inherit=True))
        return self._rewritten

    def _compiled_again(self) -> dict[Place, Place]:
        """Functions with a decorator that is not pytest's or Python's, by their first line with and without it.

        The first lines of asserts are read from the same tree, which pytest then rewrites: a file is parsed once.
        """
        if self._decorated is None:
            tree = self._parsed()
            self._decorated = dict(_with_decorators(tree, ""))
            self._first_lines = dict(_first_lines(tree))
        return self._decorated

    def _parsed(self) -> ast.Module:
        """The file's tree, until pytest's rewriting takes it."""
        if self._tree is None:
            self._tree = PARSE(self._source, str(self._path))
        return self._tree


def _first_lines(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Each line of an assert, with the line that it begins at."""
    for one in statements(tree):
        if isinstance(one, ast.Assert):
            yield from ((line, one.lineno) for line in range(one.lineno, (one.end_lineno or one.lineno) + 1))


def _by_place(code: CodeType) -> dict[Place, list[CodeType]]:
    found: dict[Place, list[CodeType]] = {}
    left = [code]
    while left:
        one = left.pop()
        found.setdefault((one.co_qualname, one.co_firstlineno), []).append(one)
        left += [constant for constant in one.co_consts if isinstance(constant, CodeType)]
    return found


def _with_decorators(node: ast.AST, prefix: str) -> Iterator[tuple[Place, Place]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{prefix}{child.name}"
            if any(not beginning(one).startswith(DECORATORS_OF_PYTEST) for one in child.decorator_list):
                first = name, min(child.lineno, *(one.lineno for one in child.decorator_list))
                yield first, first
                yield (name, child.lineno), first
            yield from _with_decorators(child, f"{name}." if isinstance(child, ast.ClassDef) else f"{name}.<locals>.")
        elif not isinstance(child, ast.expr):
            yield from _with_decorators(child, prefix)

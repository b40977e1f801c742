"""The defaults of a function's parameters, compared with those that its source file writes down."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType, MappingProxyType
from typing import Any, TypeAlias

from release_gate.in_pytest.source_code.definitions import first_line, parsed, statements

Function = ast.FunctionDef | ast.AsyncFunctionDef
CHANGERS = frozenset({"__defaults__", "__kwdefaults__"})
Literals: TypeAlias = tuple[Mapping[int, Any], Mapping[str, Any]]
"""The defaults of a function that are literals: by their place from the end, and by name."""


def has_written_defaults(function: FunctionType, path: Path) -> bool:
    """False if a default differs from the literal in the source. Other expressions are not looked at."""
    if not function.__defaults__ and not function.__kwdefaults__:
        return True
    places, names = _literals(path).get(function.__code__.co_firstlineno, ({}, {}))
    given, named = function.__defaults__ or (), function.__kwdefaults__ or {}
    at = {number: given[number] for number in places if -number <= len(given)}
    return _same(at, places) and _same({name: named.get(name) for name in names}, names)


def _same(given: Mapping[Any, Any], written: Mapping[Any, Any]) -> bool:
    return given.keys() == written.keys() and all(
        type(given[key]) is type(value) and given[key] == value for key, value in written.items()
    )


@cache
def _literals(path: Path) -> Mapping[int, Literals]:
    """Literal defaults, keyed by a function's first line; nothing of a module that changes defaults itself."""
    tree = parsed(path)
    if tree is None or any(isinstance(node, ast.Attribute) and node.attr in CHANGERS for node in ast.walk(tree)):
        return MappingProxyType({})
    return {first_line(one): _of(one) for one in statements(tree) if isinstance(one, Function)}


def _of(function: Function) -> Literals:
    written = function.args
    places = enumerate(reversed(written.defaults), 1)
    names = zip((one.arg for one in written.kwonlyargs), written.kw_defaults, strict=True)
    return dict(_read((-number, node) for number, node in places)), dict(_read(names))


def _read(nodes: Any) -> Iterator[tuple[Any, Any]]:
    for key, node in nodes:
        if isinstance(node, ast.Constant):
            yield key, node.value

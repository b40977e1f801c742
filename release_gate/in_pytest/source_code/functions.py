"""The functions that a module, a class or a wrapper holds."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

WRAPPERS = (FunctionType, MethodType, staticmethod, classmethod, property, functools.partial, functools.cached_property)
WITHIN = ("__func__", "__wrapped__", "func", "fget", "fset", "fdel", "_fixture_function")
"""Attributes by which a wrapper leads to the function that it wraps."""


def codes_in(function: Any) -> set[CodeType]:
    return {one.__code__ for one in functions_in(function, set())}


def functions_in(value: Any, seen: set[int]) -> Iterator[FunctionType]:
    """The functions of a module, a class or a wrapper; objects of other kinds are not inspected."""
    if id(value) in seen:
        return
    seen.add(id(value))
    kind = type(value)
    if issubclass(kind, ModuleType):
        for one in list(vars(value).values()):
            if not isinstance(one, type) or one.__module__ == value.__name__:
                yield from () if isinstance(one, ModuleType) else functions_in(one, seen)
    elif issubclass(kind, type):
        for one in list(vars(value).values()):
            if not isinstance(one, type) or one.__module__ == value.__module__:
                yield from functions_in(one, seen)
    elif issubclass(kind, WRAPPERS) or kind.__name__ == "FixtureFunctionDefinition":
        hypothesis = issubclass(kind, FunctionType) and getattr(value, "hypothesis", None)
        if hypothesis:  # it makes its own function look like the test's
            yield from functions_in(hypothesis.inner_test, seen)
        elif issubclass(kind, FunctionType) and not _is_proxy_of_hypothesis(value):
            yield value
        for cell in (value.__closure__ or ()) if issubclass(kind, FunctionType) else ():
            yield from _of_cell(cell, seen)
        for name in WITHIN:
            yield from functions_in(getattr(value, name, None), seen)


def _is_proxy_of_hypothesis(function: FunctionType) -> bool:
    """True for hypothesis's wrapper of a rule of a state machine, which looks like a test's own function."""
    return str(function.__globals__.get("__name__")).startswith("hypothesis_temporary_module_")


def _of_cell(cell: Any, seen: set[int]) -> Iterator[FunctionType]:
    try:
        inside = cell.cell_contents
    except ValueError:  # not filled yet
        return
    if issubclass(type(inside), WRAPPERS):
        yield from functions_in(inside, seen)

"""Functions by which tests judge that are none of their package's, since whenever: of a sitecustomize.py, for example.

The gate keeps some of them from its own import on (own_modules.py), and what was changed before looks untouched to it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

import _pytest

TOOLS = {
    "builtins": "all any abs len max min sum sorted round isinstance issubclass hasattr callable repr",
    "math": "isclose",
    "cmath": "isclose",
    "filecmp": "cmp cmpfiles",
    "pytest": "raises warns approx fail",
    "unittest.case TestCase": "assert* fail* subTest run __call__ _callTestMethod",
    "unittest.mock NonCallableMock": "assert_*",
    "unittest.mock CallableMixin": "assert_*",
    "numpy": "isclose allclose array_equal",
    "numpy.testing": "assert_*",
    "pandas.testing": "assert_*",
    "polars.testing": "assert_*",
}
"""Patterns of names, by module or class. Modules that nobody has imported are not looked at."""


def strange_tools(is_of_package: Callable[[object], bool]) -> Iterator[str]:
    """The names of functions that are of no installed package."""
    for place, patterns in TOOLS.items():
        module_name, _, owner_name = place.partition(" ")
        module = sys.modules.get(module_name)
        owner: Any = getattr(module, owner_name, None) if owner_name else module
        for name, value in list(vars(owner).items()) if owner is not None else ():
            if any(fnmatchcase(name, one) for one in patterns.split()):
                function = _function_in(value)
                if function is not None and not _lies_beside(function, module) and not is_of_package(function):
                    yield f"{place.replace(' ', '.')}.{name}"


def _function_in(value: Any) -> FunctionType | None:
    """The Python function of a name; None for one that is written in C, or a class."""
    if isinstance(value, MethodType | staticmethod | classmethod):
        value = value.__func__
    if isinstance(value, FunctionType):
        return value
    called = vars(type(value)).get("__call__")
    return called if isinstance(called, FunctionType) else None


def _lies_beside(function: FunctionType, module: Any) -> bool:
    """True for a function of the module's own folder, of pytest's, or of contextlib, which decorates some of them."""
    own = getattr(module, "__file__", None)
    folders = {Path(file).parent for file in (own, _pytest.__file__, contextlib.__file__) if file}
    return Path(function.__code__.co_filename).parent in folders

"""Files and code of installed packages. A file name alone proves nothing: code may carry any."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from release_gate.in_pytest.source_code.compiled import Compiled
from release_gate.record.causes import LIBRARIES

PACKAGES = tuple({sysconfig.get_path(name) + os.sep for name in ("purelib", "platlib")})


@cache
def is_installed(file: str) -> bool:
    """True for a file of the standard library, or one that an installed distribution lists and that is there."""
    if not file.startswith(LIBRARIES) or not Path(file).is_file():
        return False
    place = next((folder for folder in PACKAGES if file.startswith(folder)), None)
    return place is None or _is_listed(file.removeprefix(place).replace(os.sep, "/"))


def is_code_of_package(code: CodeType, config: pytest.Config) -> bool:
    """True if the code is what the file of a distribution that it names compiles to, wherever that is installed."""
    return is_distributed(code.co_filename) and is_foreign(code, config)


def is_foreign(code: CodeType, config: pytest.Config) -> bool:
    """True for code of a file that is installed, or lies outside of the project, and compiles to it."""
    made = _compiled(code.co_filename, config) if _is_foreign_file(code.co_filename, config) else None
    return made is not None and made.has(code)


def is_class_of_package(kind: type, file: str, config: pytest.Config) -> bool:
    """True if a class of that name is written in the file, and the file is installed or outside of the project."""
    made = _compiled(file, config) if _is_foreign_file(file, config) else None
    return made is not None and made.names(kind.__qualname__)


def is_of_package(value: object, config: pytest.Config) -> bool:
    """True for a function or class of a file that is installed or lies outside of the project."""
    if isinstance(value, FunctionType):
        return is_foreign(value.__code__, config)
    file = getattr(sys.modules.get(value.__module__), "__file__", None) if isinstance(value, type) else None
    return isinstance(value, type) and file is not None and is_class_of_package(value, file, config)


@cache
def is_distributed(file: str) -> bool:
    """True for a file that a distribution lists: in site-packages, of the user, or in a folder of PYTHONPATH."""
    return any(
        file.startswith(folder) and _lists(one, file.removeprefix(folder).replace(os.sep, "/"))
        for one in distributions()
        if (folder := str(Path(str(one.locate_file(""))).absolute()) + os.sep)
    )


def _is_foreign_file(file: str, config: pytest.Config) -> bool:
    inside = file.startswith(LIBRARIES) or Path(file).resolve().is_relative_to(config.rootpath.resolve())
    return is_installed(file) or not inside


@cache
def _compiled(file: str, config: pytest.Config) -> Compiled | None:
    try:
        return Compiled(Path(file), config)
    except (OSError, SyntaxError, ValueError):
        return None


def _is_listed(name: str) -> bool:
    return any(_lists(one, name) for one in distributions())


def _lists(one: Distribution, name: str) -> bool:
    record = one.read_text("RECORD")
    if record is None:
        return any(file.as_posix() == name for file in one.files or ())
    return f"\n{name}," in f"\n{record}"

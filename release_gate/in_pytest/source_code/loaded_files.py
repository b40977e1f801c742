"""Finds the source files of the modules that are loaded now."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ODD = re.compile(r"//|/\.(?:/|$)")
"""Parts of a path that a Path leaves out; not the dot of a hidden folder, in which every module of a `.venv` lies."""


def loaded_beside(modules: set[Path]) -> set[Path]:
    """The files of modules that lie in the folders of these files, or below them."""
    folders = tuple(f"{str(path.parent).rstrip(os.sep)}{os.sep}" for path in modules)
    files = {_source_of(name) for name in list(sys.modules)}
    beside = [name for name in files if name.startswith(folders) or ODD.search(name)]  # a Path takes long to make
    return {path for path in map(Path, beside) if str(path).startswith(folders)}


def file_of(module: str) -> Path | None:
    """The Python source that a module was loaded from; None without one."""
    name = _source_of(module)
    return Path(name) if name else None


def _source_of(module: str) -> str:
    name = getattr(sys.modules.get(module), "__file__", None)
    return name if isinstance(name, str) and name.endswith(".py") else ""

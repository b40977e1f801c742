"""Finds the Python environment of the project. Uses the standard library alone, so that any Python can run it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

PLUGIN = "release_gate.plugin"
MISCONFIGURED = 4
OLDEST = (3, 11)


def enter(arguments: Sequence[str]) -> None:
    """Continue in the project's `.venv` if this Python lacks the gate, or end with a sentence on what to do."""
    if _is_complete():
        return
    root = root_in(arguments)
    python = root / ".venv" / "bin" / "python"
    inside = Path(sys.prefix).resolve() == (root / ".venv").resolve()
    if not inside and os.access(python, os.X_OK):
        sys.stdout.flush()
        os.execv(python, [str(python), "-m", "release_gate", *arguments])
    sys.stderr.write(f"{sys.executable} has no release gate installed with its packages: {_advice(root)}.\n")
    raise SystemExit(MISCONFIGURED)


def _is_complete() -> bool:
    """True if pytest would load the gate's plugin here."""
    if sys.version_info < OLDEST or find_spec("pytest") is None:
        return False
    return any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))


def root_in(arguments: Sequence[str]) -> Path:
    """The project's folder: --root, or this one."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--root="):
            return Path(argument.partition("=")[2]).absolute()
        if argument == "--root" and position + 1 < len(arguments):
            return Path(arguments[position + 1]).absolute()
    return Path.cwd()


def _advice(root: Path) -> str:
    """The setup command of the project's declaration, or the general one."""
    command = _setup_command(root) if sys.version_info >= OLDEST else None
    if isinstance(command, str) and command:
        return f"run `{command}` in {root} first"
    return f"install it there (pip install), or make {root / '.venv'} with it"


def _setup_command(root: Path) -> object:
    """The declaration's `setup`, read without the packages that validate it."""
    import tomllib

    try:
        table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["release_gate"]
        if "declaration" in table:
            table = tomllib.loads((root / table["declaration"]).read_text(encoding="utf-8"))
        return table.get("setup")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None

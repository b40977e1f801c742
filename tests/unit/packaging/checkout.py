"""A small copy of the checkout to set up, and the means to pretend that it is set up already."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]
BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
"""An interpreter in which the project is not installed."""

BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def module(path: str) -> ModuleType:
    """A file of scripts/ as a module; its folder stays off sys.path, where release_gate.py would shadow a package."""
    spec = spec_from_file_location("scripts_" + Path(path).stem, ROOT / "scripts" / path)
    assert spec is not None and spec.loader is not None
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def copy(folder: Path, *, lock: str = "") -> Path:
    """scripts/, main_turbo.py, Makefile and pyproject.toml in `folder`, with a lock of its own."""
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    entry = folder / "app" / "ingestion" / "main_turbo.py"
    entry.parent.mkdir(parents=True)
    shutil.copy(ROOT / entry.relative_to(folder), entry)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "requirements.lock").write_text(lock, encoding="utf-8")
    return folder


def pretend_ready(folder: Path) -> Path:
    """Give the copy a stamped `.venv` whose interpreter only prints its arguments, one a line."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    (folder / ".venv" / "pyvenv.cfg").write_text("version = 3.11.0\n", encoding="utf-8")
    stamp(folder)
    return python


def stamp(folder: Path) -> None:
    """Write the stamp that the copy's own set-up would write."""
    question = "import setup_environment as s; print(s.fingerprint())"
    answer = subprocess.run(
        [BASE_PYTHON, "-c", question], cwd=folder / "scripts", capture_output=True, text=True, check=True
    )
    (folder / ".venv" / "setup.stamp").write_text(answer.stdout, encoding="utf-8")

"""Continues a benchmark that any Python has started in the project's environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def enter(script: str) -> None:
    """Replace this process by the script in the environment's interpreter, or end it with how to make one.

    In that interpreter already: return, with the project's root on the path of imports.
    """
    sys.path.insert(0, str(ROOT / "scripts"))
    from commands import inside  # type: ignore[import-not-found]

    python = inside()
    if python != sys.executable:
        os.execv(python, [python, script, *sys.argv[1:]])
    # The folders of the scripts and benchmarks have names that would shadow packages: the root takes their place.
    sys.path[:] = [str(ROOT), *sys.path[2:]]

"""Commands in the form in which the reader of a hint types them."""

from __future__ import annotations

from pathlib import Path

MAKEFILE = Path(__file__).resolve().parents[1] / "Makefile"


def typed(command: str) -> str:
    """`make COMMAND` in a checkout; where only the package is, as in the container, `python3 -m app COMMAND`."""
    return f"`make {command}`" if MAKEFILE.is_file() else f"`python3 -m app {command}`"

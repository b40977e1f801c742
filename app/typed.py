"""Commands as the reader of a hint types them."""

from __future__ import annotations

from app.checkout import ROOT

MAKEFILE = ROOT / "Makefile"


def typed(command: str) -> str:
    """`make COMMAND` in a checkout; `python3 -m app COMMAND` where only the package is, as in the container."""
    return f"`make {command}`" if MAKEFILE.is_file() else f"`python3 -m app {command}`"

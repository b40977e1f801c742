"""Commands in the form in which the reader of a hint types them."""

from __future__ import annotations

from app.checkout import ROOT

MAKEFILE = ROOT / "Makefile"


def typed(command: str) -> str:
    """`make COMMAND` in a checkout; where only the package is, as in the container, `python3 -m app COMMAND`."""
    return f"`make {command}`" if MAKEFILE.is_file() else f"`python3 -m app {command}`"

"""Commands as the reader of a hint types them."""

from __future__ import annotations

import shlex

from app.checkout import ROOT

MAKEFILE = ROOT / "Makefile"


def typed(command: str, *arguments: str) -> str:
    """`make COMMAND` in a checkout; `python3 -m app COMMAND` where only the package is, as in the container."""
    given = shlex.join(arguments)
    if MAKEFILE.is_file():
        return f'`make {command} ARGS="{given}"`' if given else f"`make {command}`"
    return f"`python3 -m app {command} {given}`" if given else f"`python3 -m app {command}`"

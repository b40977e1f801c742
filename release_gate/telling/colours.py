"""Colours and symbols of the closing lines on a terminal; plain text elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TextIO

from release_gate.telling.streams import shows_symbols

GREEN, RED, CYAN, BOLD, PLAIN = "\033[32m", "\033[31m", "\033[36m", "\033[1m", "\033[0m"
MARKS = (
    ("PRODUCTION PROOF COMPLETE", "✔", GREEN + BOLD),
    ("Backend is PRODUCTION READY", "✔", GREEN + BOLD),
    ("PRODUCTION PROOF FAILED", "✘", RED + BOLD),
    ("Shard ended", "✔", GREEN + BOLD),
    ("A parte terminou", "✔", GREEN + BOLD),
    ("Release blocked document written:", "✘", RED + BOLD),
    ("Verdict: PASS", "✔", GREEN),
    ("Verdict:", "✘", RED),
    ("Run ID:", "▸", CYAN),
    ("Artifacts:", "▸", CYAN),
    ("Page:", "▸", CYAN),
    ("Página:", "▸", CYAN),
    ("    fix:", "→", CYAN),
    ("    correção:", "→", CYAN),
    ("  ", "•", RED),
)
"""Symbol and colour of a line by its beginning; the first match counts. The symbol repeats what the colour means."""


def wants_colour(stream: TextIO) -> bool:
    """True if the stream is a terminal with colours and symbols, and NO_COLOR is not set.

    https://no-color.org
    """
    is_capable = stream.isatty() and os.environ.get("TERM") != "dumb" and shows_symbols(stream)
    return is_capable and not os.environ.get("NO_COLOR")


def coloured(lines: Iterable[str], stream: TextIO) -> list[str]:
    """The closing lines in the form for this stream."""
    if not wants_colour(stream):
        return list(lines)
    return [_marked(line) for line in lines]


def _marked(line: str) -> str:
    for beginning, symbol, colour in MARKS:
        if line.startswith(beginning):
            return f"{colour}{symbol} {line.strip()}{PLAIN}"
    return line

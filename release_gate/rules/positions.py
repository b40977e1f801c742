"""The line of a TOML text on which a key stands, for messages about it; tomllib itself keeps no lines."""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from typing import Any


def line_of(text: str, place: tuple[str | int, ...]) -> int | None:
    """The line, from 1, on which the statement begins that makes `place`, or the nearest one around it.

    A text that holds the place up to some line holds it up to every later one, so the line can be searched by halves,
    and every form of TOML is understood as tomllib understands it.
    """
    lines = text.split("\n")
    while place:
        looked_for = place
        end = bisect_left(range(len(lines) + 1), True, key=lambda count: _holds(_readable(lines, count)[1], looked_for))
        if end <= len(lines):
            before, _ = _readable(lines, end - 1)
            return before + 1
        place = place[:-1]
    return None


def _readable(lines: list[str], count: int) -> tuple[int, dict[str, Any]]:
    """The number of the first `count` lines that are a whole text, and their content; not a statement cut off."""
    for end in range(count, 0, -1):
        try:
            return end, tomllib.loads("\n".join(lines[:end]))
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
    return 0, {}


def _holds(table: Any, place: tuple[str | int, ...]) -> bool:
    for step in place:
        if isinstance(step, int):
            if not isinstance(table, list) or step >= len(table):
                return False
        elif not isinstance(table, dict) or step not in table:
            return False
        table = table[step]
    return True

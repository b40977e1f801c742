"""Finds the line of a TOML text on which a key stands, for error messages; tomllib does not report lines."""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from typing import Any


def line_of(text: str, place: tuple[str | int, ...]) -> int | None:
    """The line, from 1, on which the statement of `place` begins, or the nearest one around it.

    Found by bisection: if the first n lines contain the place, more lines do too. Parsing with tomllib supports every
    notation of TOML.
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
    """The number of the first `count` lines that form a complete text, and their content."""
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

"""Converts values of any kind to what JSON can represent, without ever failing."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

DEEPEST = 50
"""Most levels of nesting that are kept; deeper content is replaced by a note."""
LARGEST_BITS = 4096
"""Most bits of a whole number in decimal; larger ones become hexadecimal, because readers limit decimal digits."""


def plain(value: Any, depth: int = 0) -> Any:
    """A value that JSON can represent: mappings and lists are converted, other objects become their text.

    Keys of a mapping become texts; of two equal ones, the second is numbered.
    """
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= LARGEST_BITS else hex(value)
    if isinstance(value, float) and isfinite(value):
        return value
    if not isinstance(value, Mapping | list | tuple):
        return text_of(value)
    if depth >= DEEPEST:
        return f"({type(value).__name__} below {DEEPEST} levels)"
    if not isinstance(value, Mapping):
        return [plain(item, depth + 1) for item in value]
    made: dict[str, Any] = {}
    for key, item in value.items():
        name = first = key if isinstance(key, str) else text_of(key)
        number = 2
        while name in made:
            name, number = f"{first}#{number}", number + 1
        made[name] = plain(item, depth + 1)
    return made


def text_of(value: Any) -> str:
    """The text of an object, also if its conversion fails; empty for None."""
    if value is None:
        return ""
    try:
        return str(value)
    except Exception as error:  # its author's code, which may raise anything
        return f"({type(value).__name__}, whose text cannot be read: {type(error).__name__})"

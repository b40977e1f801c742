"""Values of any kind as JSON can hold them: what a check records is kept, and never breaks the run that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

DEEPEST = 50
"""Levels of nesting that are kept; what lies deeper, as in a list that holds itself, is named and left out."""
LARGEST_BITS = 4096
"""A whole number with more is kept in hexadecimal digits: no reader takes so many decimal ones."""


def plain(value: Any, depth: int = 0) -> Any:
    """None, truth values, numbers and texts as they are, mappings and lists likewise, of anything else its text.

    A key of a mapping becomes a text; of two that become the same one, the second is numbered.
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
    """Its text, also of an object that has none; None is an empty one."""
    if value is None:
        return ""
    try:
        return str(value)
    except Exception as error:  # its author's code, which may raise anything
        return f"({type(value).__name__}, whose text cannot be read: {type(error).__name__})"

"""Converts values of any kind to what JSON can represent, without ever failing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from release_gate.rules.escaping import LONE_SURROGATE

DEEPEST = 50
"""Most levels of nesting that are kept; deeper content is replaced by a note."""
LARGEST_BITS = 4096
"""Most bits of a whole number in decimal; larger ones become hexadecimal, because readers limit decimal digits."""


def encodable(text: str) -> str:
    """A text that UTF-8 can encode: each lone surrogate is written as its escape, such as `\\udcff`."""
    return text if text.isascii() else LONE_SURROGATE.sub(_escape, text)


def encoded(text: str) -> bytes:
    """JSON in UTF-8. A lone surrogate becomes the same escape as in `encodable`, as JSON writes it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return LONE_SURROGATE.sub(lambda match: f"\\{_escape(match)}", text).encode()


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def plain(value: Any, depth: int = 0) -> Any:
    """A value that JSON can represent: mappings and lists are converted, other objects become their text.

    Keys of a mapping become texts; of two equal ones, the second is numbered.
    """
    if isinstance(value, str):
        return encodable(value)
    if value is None:
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
        name = first = text_of(key)
        number = 2
        while name in made:
            name, number = f"{first}#{number}", number + 1
        made[name] = plain(item, depth + 1)
    return made


def text_of(value: Any) -> str:
    """The text of an object, also if its conversion fails; empty for None. Lone surrogates are escaped."""
    if value is None:
        return ""
    try:
        return encodable(str(value))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # its author's code, which may raise anything
        return f"({type(value).__name__}, whose text cannot be read: {type(error).__name__})"

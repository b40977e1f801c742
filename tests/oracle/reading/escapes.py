"""The characters that a workbook writes as `_xHHHH_`: UTF-16 units, taken once from left to right."""

from __future__ import annotations

HEX = frozenset("0123456789abcdefABCDEF")
ESCAPE_LENGTH = len("_x0000_")


def meant(text: str) -> str:
    """The text with each escape as its character; half of a character that needs two stays as it is written."""
    if "_x" not in text:
        return text
    found, at = "", 0
    while at < len(text):
        unit = _unit(text, at)
        following = _unit(text, at + ESCAPE_LENGTH)
        if unit is None:
            found, at = found + text[at], at + 1
        elif 0xD800 <= unit < 0xDC00 and following is not None and 0xDC00 <= following < 0xE000:
            found += chr(0x10000 + (unit - 0xD800) * 0x400 + following - 0xDC00)
            at += 2 * ESCAPE_LENGTH
        else:
            found += text[at : at + ESCAPE_LENGTH] if 0xD800 <= unit < 0xE000 else chr(unit)
            at += ESCAPE_LENGTH
    return found


def _unit(text: str, at: int) -> int | None:
    """The number of the escape that begins here; None: none does."""
    digits = text[at + 2 : at + 6]
    is_escape = text[at : at + 2] == "_x" and text[at + 6 : at + 7] == "_" and set(digits) <= HEX
    return int(digits, 16) if is_escape and len(digits) == 4 else None

"""A workbook's texts: the shared ones, and the escapes in any of them.

`_xHHHH_` is one character that XML cannot represent, as Excel writes it. It is decoded once, from left to right, with
digits in any case. Half of a surrogate pair alone stays as written. XML turns CR LF and a bare CR into LF. Blanks
around a text belong to it, with and without xml:space.
"""

from __future__ import annotations

import re
from typing import IO

from app.workbook.opc.xml_walk import local_name, main_name, walk

ESCAPE = re.compile(
    r"_x([Dd][89ABab][0-9A-Fa-f]{2})__x([Dd][C-Fc-f][0-9A-Fa-f]{2})_|_x([Dd][89A-Fa-f][0-9A-Fa-f]{2})_"
    r"|_x([0-9A-Fa-f]{4})_"
)
"""Matches both halves of a surrogate pair, one half alone, or any other character."""
MOST_CHARACTERS = 100_000_000
"""Most characters of all shared texts; the factory's have a few thousand."""
LONGEST_TEXT = 100_000
"""Three times what a cell of Excel can hold."""


PLACES = {("sst", "si"), ("sst", "si", "t"), ("sst", "si", "r"), ("sst", "si", "r", "t"), ("sst", "si", "rPh", "t")}
"""The elements in which a shared text and its pieces may stand; readers disagree on others."""


class TooMuch(MemoryError):
    """More texts or formats than any workbook of this kind has."""


def unescaped(text: str) -> str:
    """The text with its escapes decoded."""
    if "_x" not in text:
        return text
    return ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    high, low, half, other = match.groups()
    if half:
        return match[0]
    return bytes.fromhex(high + low).decode("utf-16-be") if high else chr(int(other, 16))


def shared_texts(file: IO[bytes]) -> list[str]:
    """The texts of sharedStrings.xml in their order; its own count of them is ignored."""
    found: list[str] = []
    parts: list[str] = []
    path: list[str] = []
    characters = 0
    has_text = False

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal has_text
        path.append(main_name(name))
        if len(path) == 1 and path != ["sst"]:
            raise ValueError("it is no table of shared texts")
        if path == ["sst", "si"]:
            parts.clear()
        elif local_name(name) in ("si", "r", "t") and tuple(path) not in PLACES and "extLst" not in path:
            raise ValueError(f"shared text {len(found)}: there is <{local_name(name)}> where none can stand")
        if path[-1] in ("si", "r"):
            has_text = False
        elif path[-1] == "t" and "rPh" not in path:
            if has_text:
                raise ValueError(f"shared text {len(found)} holds two texts (<t> twice)")
            has_text = True

    def end(_: str) -> None:
        if path == ["sst", "si"]:
            if sum(map(len, parts)) > LONGEST_TEXT:
                raise TooMuch(f"shared text {len(found)} is longer than a cell can hold")
            found.append(unescaped("".join(parts)))
        path.pop()

    def text(piece: str) -> None:
        nonlocal characters
        if path[-1] in ("sst", "si", "r") and not piece.isspace():
            raise ValueError(f"shared text {len(found)}: there is text in <{path[-1]}>, where none can stand")
        if path in (["sst", "si", "t"], ["sst", "si", "r", "t"]):
            characters += len(piece)
            if characters > MOST_CHARACTERS:
                raise TooMuch(f"its shared texts hold more than {MOST_CHARACTERS:,} characters")
            parts.append(piece)

    def aside(*_: str) -> None:
        if path[-1:] == ["t"]:
            raise ValueError(f"a comment or an instruction divides shared text {len(found)}")

    walk(file, start, end, text, aside)
    return found

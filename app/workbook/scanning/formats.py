"""Finds the cell formats that show a number as a date, a time or a duration."""

from __future__ import annotations

import re
from typing import IO

from app.workbook.opc.xml_walk import local_name, main_name, walk
from app.workbook.scanning.texts import TooMuch

PLAIN, STAMP, ELAPSED = "plain", "stamp", "elapsed"
BUILT_IN_STAMPS = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59), *range(71, 79), 80, 81})
BUILT_IN_ELAPSED = frozenset({46, 79})
"""Numbers of formats without a code in the file. 27 to 36 and 50 to 58 are those of Chinese, Japanese and Korean
versions of Excel, 71 to 81 those of the Thai one; the others show them as dates too."""
FORMAT_NUMBER = re.compile(r"[ \t\r\n]*\d{1,9}[ \t\r\n]*\Z", re.ASCII)
NOT_SHOWN = re.compile(r'[\\_*].|"[^"]*"|\[(?!(?:h+|m+|s+)\])[^\][]*\]', re.IGNORECASE | re.DOTALL)
"""Parts of a format code that are not placeholders: literals, widths, fillings, quoted texts, colours, conditions,
locales.

Matched from left to right; the search for a closing bracket ends at the next opening one.
"""
OF_NO_DAY, NO_DAY = re.compile(r"\[(?:=\s*0|<=?\s*[01])(?:\.0*)?\s*\]"), "\0"
"""The condition of a part for numbers that are no day; `[=0]"";dd/mm/yyyy` hides them. NO_DAY stands for it."""
DURATION = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
DATE_LETTER = re.compile("[dmhys]", re.IGNORECASE)

MOST_FORMATS = 200_000
"""Three times what Excel itself can hold."""


def kind_of(code: str) -> str:
    """PLAIN, STAMP or ELAPSED, by the first part of a format code that is not for 0 or negative numbers alone."""
    parts = NOT_SHOWN.sub(lambda match: NO_DAY if OF_NO_DAY.match(match[0]) else "", code).split(";")
    shown = next((part for part in parts if NO_DAY not in part), parts[0])
    if DURATION.search(shown):
        return ELAPSED
    return STAMP if DATE_LETTER.search(shown) else PLAIN


def cell_formats(file: IO[bytes]) -> list[str]:
    """The kind of each cell format of styles.xml, in their order; a file without a list of them has the first one."""
    kinds: dict[int, str] = {}
    numbers: list[int] = []
    path: list[str] = []
    lists = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal lists
        path.append(main_name(name))
        if len(path) == 1 and path != ["styleSheet"]:
            raise ValueError("it is no table of formats")
        if len(kinds) > MOST_FORMATS or len(numbers) > MOST_FORMATS:
            raise TooMuch(f"it has more than {MOST_FORMATS:,} cell formats")
        if path == ["styleSheet", "numFmts", "numFmt"]:
            number, kind = _number(attributes["numFmtId"]), kind_of(attributes["formatCode"])
            if kinds.setdefault(number, kind) != kind:
                raise ValueError(f"the number format {number} stands twice")
        elif path == ["styleSheet", "cellXfs"]:
            lists += 1
            if lists > 1:
                raise ValueError("the list of cell formats stands twice")
        elif path[:2] == ["styleSheet", "cellXfs"] and len(path) == 3 and path[2] != "xf":
            raise ValueError(f"there is <{local_name(name)}> in the list of cell formats")
        elif path == ["styleSheet", "cellXfs", "xf"]:
            numbers.append(_number(attributes.get("numFmtId", "0")))

    def end(_: str) -> None:
        path.pop()

    walk(file, start, end)
    return [kinds.get(number) or _built_in(number) for number in numbers] or [PLAIN]


def _number(text: str) -> int:
    """The number of a format. Raises ValueError for anything but digits, with or without blanks around them."""
    if not FORMAT_NUMBER.match(text):
        raise ValueError(f"{text[:20]!r} is no number of a format")
    return int(text)


def _built_in(number: int) -> str:
    if number in BUILT_IN_ELAPSED:
        return ELAPSED
    return STAMP if number in BUILT_IN_STAMPS else PLAIN

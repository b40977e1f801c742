"""Counts a sheet's rows and cells with a value, by column, in the XML itself.

It shares nothing but the XML parser with the reader, so a cell that the reader loses is noticed.
"""

from __future__ import annotations

import re
from collections import Counter

from app.workbook.opc.xml_walk import local_name, new_parser

LETTERS = re.compile(r"[A-Z]+")


class Census:
    """Counts of a sheet's XML, which `feed` is given.

    cells: those with a value, by column from 1. rows: those with a value or formula.
    """

    def __init__(self) -> None:
        self.cells: Counter[int] = Counter()
        self.rows = 0
        self._column = 0
        self._open: list[str] = []
        self._held: set[str] = set()
        self._is_string = False
        self._row_counts = False
        self._parser = parser = new_parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text

    def feed(self, block: bytes, is_last: bool = False) -> None:
        """Count in the next bytes."""
        self._parser.Parse(block, is_last)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        self._open.append(local)
        if local == "row":
            self._column, self._row_counts = 0, False
        elif local == "c" and "row" in self._open:
            letters = LETTERS.match(attributes.get("r", ""))
            self._column = _number(letters[0]) if letters else self._column + 1
            self._held, self._is_string = set(), attributes.get("t") == "str"

    def _text(self, _: str) -> None:
        if "c" in self._open and "rPh" not in self._open and self._open[-1] in ("v", "t"):
            self._held.add(self._open[-1])

    def _end(self, _: str) -> None:
        local = self._open.pop()
        if self._open[-1:] == ["c"] and local in ("v", "f"):
            self._held.add(f"<{local}>")
        elif local == "c" and "row" in self._open:
            has_value = bool(self._held & {"v", "t"})
            is_blank_string = self._is_string and "<v>" in self._held
            self.cells[self._column] += has_value
            self._row_counts |= has_value or ("<f>" in self._held and not is_blank_string)
        elif local == "row":
            self.rows += self._row_counts


def _number(letters: str) -> int:
    return sum((ord(letter) - 64) * 26**place for place, letter in enumerate(reversed(letters)))

"""Where the rows of a sheet stand in its XML, found while the XML goes by: how many, in which order, and where to cut.

A sheet whose rows all carry their number, in rising order, can be cut into pieces that are read apart from each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ROW = b"<row"
NUMBERED = re.compile(rb'<row r="(\d+)"')
"""How every writer that we know begins a row."""
END = b"</sheetData>"
PIECE_BYTES = 4_000_000
"""Large enough that a piece's own cost does not count, small enough that a few of them fit into memory unnoticed."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where a sheet's XML can be cut: each piece's first byte and first row, and where the last one ends."""

    starts: tuple[int, ...]
    first_rows: tuple[int, ...]
    end: int


class RowScan:
    """Feed it a sheet's XML block by block; it must not hold comments or CDATA, in which a row would be none."""

    def __init__(self) -> None:
        self.row_elements = 0
        self._starts: list[int] = []
        self._first_rows: list[int] = []
        self._end = -1
        self._last_row = 0
        self._rising = True
        self._offset = 0
        self._unfinished = b""

    def feed(self, block: bytes) -> None:
        """The next bytes."""
        text = self._unfinished + block
        tag = text.rfind(b"<")
        self._unfinished = text[tag:] if tag >= 0 and b">" not in text[tag:] else b""
        text = text[: len(text) - len(self._unfinished)]
        elements = text.count(ROW)
        self.row_elements += elements
        if self._end < 0:
            end = text.find(END)
            if end >= 0:
                self._end = self._offset + end
                elements = text.count(ROW, 0, end)
            if elements:
                self._look_at(text[:end] if end >= 0 else text, elements)
        self._offset += len(text)

    def _look_at(self, text: bytes, elements: int) -> None:
        numbers = [int(number) for number in NUMBERED.findall(text)]
        if len(numbers) != elements:
            self._rising = False
        if not self._rising:
            return
        if numbers[0] <= self._last_row or any(map(int.__ge__, numbers, numbers[1:])):
            self._rising = False
            return
        self._last_row = numbers[-1]
        start = self._offset + text.find(ROW)
        if not self._starts or start - self._starts[-1] >= PIECE_BYTES:
            self._starts.append(start)
            self._first_rows.append(numbers[0])

    def cuts(self) -> Cuts | None:
        """After the last block: where to cut; None for a sheet without rows or one that must be read whole."""
        if not self._rising or not self._starts or self._end < 0:
            return None
        return Cuts(tuple(self._starts), tuple(self._first_rows), self._end)

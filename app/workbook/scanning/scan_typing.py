"""Types the cells of the usual shape a column at a time; other cells one by one with `cells.type_cell`.

The fast conversion of a column is used only for cells for which it provably gives the same.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.contract import EARLIEST, LATEST, NULL_TEXT, Column, Kind, Sheet
from app.workbook.cells import EMPTY_CELL, PLUS_ZERO, CellFault, Typed, type_cell
from app.workbook.column_letters import column_letters
from app.workbook.scanning.decoding import FIRST_DAY, FIRST_DAY_1904, LEAP_BUG_ENDS, Decoder, Unreadable
from app.workbook.scanning.formats import PLAIN, STAMP
from app.workbook.scanning.regular import Bytes, Cells, Ints, Scanned
from app.workbook.scanning.sheet_xml import SheetFault
from app.workbook.showing import UNSTORABLE

LONGEST_NUMBER = 24
LONGEST_INDEX = 9
"""Most digits of a shared text's number; a longer one is refused (`decoding.INDEX`)."""
MOST_DIGITS = 15
"""Whole numbers of at most this many digits are exact as doubles, and so equal to what Excel shows."""
DAY_MS = 86_400_000
IS_NUMBER = np.zeros(256, bool)
IS_NUMBER[[*b"0123456789.-", 0]] = True
NULL_WORD = np.frombuffer(NULL_TEXT.encode(), np.uint8)


@dataclass(frozen=True, slots=True)
class ScannedColumn:
    """One typed contract column of a piece.

    values: of every row, as `type_cell` gives them. faults: by the row's place.
    """

    values: list[Any]
    faults: dict[int, CellFault]


class ScannedRows:
    """The typed columns of a scanned piece. places: the column of each contract column in the sheet, from 1."""

    def __init__(self, sheet: Sheet, places: list[int], scanned: Scanned, decoder: Decoder) -> None:
        self._sheet, self._places, self._scanned, self._decoder = sheet, places, scanned, decoder
        held = scanned.row_of_any.astype(bool)
        self._place_of = np.cumsum(held) - 1
        self.excel_rows: list[int] = scanned.numbers[held].tolist()
        self.notes: Counter[tuple[str, str]] = Counter()
        self._kinds = [self._kind(style, kind) for style, kind in scanned.variants]

    def column(self, number: int) -> ScannedColumn:
        """The contract column of this number, from 0."""
        column, cells = self._sheet.columns[number], self._cells(number)
        values: np.ndarray[Any, np.dtype[np.object_]] = np.full(len(self.excel_rows), None, object)
        done = np.zeros(len(cells.rows), bool)
        if column.nullable:
            done |= self._nulls(cells)
        for found, mine in self._fast(column, cells):
            values[self._place_of[cells.rows[mine]]] = found
            done |= mine
        faults: dict[int, CellFault] = {}
        in_key = column.header in self._sheet.key
        for at in np.flatnonzero(~done).tolist():
            self._one(column, in_key, int(self._place_of[cells.rows[at]]), self._value(number, at), values, faults)
        self._absent(column, in_key, cells, values, faults)
        return ScannedColumn(values.tolist(), faults)

    def cell(self, number: int, place: int) -> Any:
        """The value of a contract column in the row at this place; an empty text where there is none."""
        cells = self._cells(number)
        at = int(np.searchsorted(self._place_of[cells.rows], place))
        if at == len(cells.rows) or self._place_of[cells.rows[at]] != place:
            return ""
        return self._value(number, at)

    def _cells(self, number: int) -> Cells:
        nothing = np.zeros(0, np.int64)
        return self._scanned.columns.get(self._places[number], Cells(nothing, nothing, nothing, nothing))

    def _kind(self, style: str | None, kind: str) -> str:
        """PLAIN or STAMP for a number, else the cell's type; other formats are converted cell by cell."""
        if kind != "n":
            return kind
        try:
            return self._decoder.format_kind(style)
        except Unreadable:
            return "unreadable"

    def _of_kind(self, cells: Cells, *kinds: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        chosen = np.array([kind in kinds for kind in self._kinds], bool)
        return chosen[cells.variants]

    def _value(self, number: int, at: int) -> Any:
        cells, scanned = self._cells(number), self._scanned
        style, kind = scanned.variants[int(cells.variants[at])]
        text = scanned.text[int(cells.starts[at]) : int(cells.ends[at])].decode()
        try:
            return self._decoder.value(kind, style, text)
        except Unreadable as error:
            row = int(scanned.numbers[cells.rows[at]])
            raise SheetFault(f"cell {column_letters(self._places[number])}{row}", str(error)) from error

    def _one(
        self, column: Column, in_key: bool, place: int, cell: Any, values: Any, faults: dict[int, CellFault]
    ) -> None:
        typed = type_cell(column, cell, in_key=in_key)
        if isinstance(typed, Typed):
            values[place] = typed.value
            if typed.note:
                self.notes[column.header, typed.note] += 1
        else:
            faults[place] = typed

    def _absent(self, column: Column, in_key: bool, cells: Cells, values: Any, faults: dict[int, CellFault]) -> None:
        lacking = len(self.excel_rows) - len(cells.rows)
        if not lacking:
            return
        if column.nullable:
            self.notes[column.header, EMPTY_CELL] += lacking
            return
        there = np.zeros(len(self.excel_rows), bool)
        there[self._place_of[cells.rows]] = True
        for place in np.flatnonzero(~there).tolist():
            self._one(column, in_key, place, "", values, faults)

    def _nulls(self, cells: Cells) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Cells that hold the text NULL."""
        found = np.zeros(len(cells.rows), bool)
        for at, indexes in self._shared(cells):
            found[at] = np.isin(indexes, self._decoder.null_texts)
        mine = np.flatnonzero(self._of_kind(cells, "inlineStr", "str") & (cells.ends - cells.starts == len(NULL_WORD)))
        if len(mine):
            found[mine] = (self._scanned.matrix(cells.starts[mine], len(NULL_WORD)) == NULL_WORD).all(axis=1)
        return found

    def _shared(self, cells: Cells) -> list[tuple[Ints, Ints]]:
        """The cells of shared texts with an existing number: their places and those numbers."""
        mine = np.flatnonzero(self._of_kind(cells, "s"))
        if not len(mine):
            return []
        numbers, are_whole = self._whole(cells, mine)
        good = are_whole & (numbers < len(self._decoder.texts))
        good &= cells.ends[mine] - cells.starts[mine] <= LONGEST_INDEX
        return [(mine[good], numbers[good])]

    def _whole(self, cells: Cells, mine: Ints) -> tuple[Ints, np.ndarray[Any, np.dtype[np.bool_]]]:
        """Whole numbers written with digits alone, and the cells that hold one."""
        lengths = cells.ends[mine] - cells.starts[mine]
        fits = lengths <= MOST_DIGITS
        width = int(lengths[fits].max(initial=1))
        digits = self._scanned.matrix(np.maximum(cells.ends[mine] - width, 0), width) - np.uint8(48)
        numbers = np.zeros(len(mine), np.int64)
        for place in range(width):
            is_in = lengths >= width - place
            digit = digits[:, place]
            fits &= ~is_in | (digit <= 9)
            numbers = np.where(is_in, numbers * 10 + digit, numbers)
        return numbers, fits

    def _numbers(self, cells: Cells, mine: Ints) -> np.ndarray[Any, np.dtype[np.float64]] | None:
        """Numbers without an exponent; None when one of them has another notation."""
        lengths = cells.ends[mine] - cells.starts[mine]
        width = int(lengths.max(initial=1))
        if width > LONGEST_NUMBER:
            return None
        digits: Bytes = self._scanned.matrix(cells.starts[mine], width)
        digits *= np.arange(width) < lengths[:, None]
        if not IS_NUMBER[digits].all():
            return None
        try:
            return digits.view(f"S{width}").ravel().astype(np.float64)
        except ValueError:
            return None

    def _fast(self, column: Column, cells: Cells) -> list[tuple[Any, np.ndarray[Any, np.dtype[np.bool_]]]]:
        """Values of cells that need no conversion of their own, and those cells."""
        if column.kind is Kind.TEXT:
            return self._texts(cells)
        if column.kind in (Kind.DATETIME, Kind.DATE):
            return self._stamps(column, cells)
        mine = np.flatnonzero(self._of_kind(cells, PLAIN))
        if column.kind is Kind.NUMBER:
            floats = self._numbers(cells, mine)
            if floats is None:
                return []
            if column.bounds:
                good = (floats >= column.bounds[0]) & (floats <= column.bounds[1])
                floats, mine = floats[good], mine[good]
            return [((floats + PLUS_ZERO).astype(object), _mask(cells, mine))]
        numbers, good = self._whole(cells, mine)
        low, high = column.bounds or (0, 0)
        good &= (numbers >= low) & (numbers <= high)
        found: Any = numbers[good] == 1 if column.kind is Kind.FLAG else numbers[good]
        return [(found.astype(object), _mask(cells, mine[good]))]

    def _texts(self, cells: Cells) -> list[tuple[Any, np.ndarray[Any, np.dtype[np.bool_]]]]:
        found = []
        for at, indexes in self._shared(cells):
            used = np.unique(indexes)
            texts = [self._decoder.texts[index] for index in used.tolist()]
            plain = np.array([text not in ("", NULL_TEXT) and UNSTORABLE not in text for text in texts], bool)
            place = np.searchsorted(used, indexes)
            good = plain[place]
            table: Any = np.array([*texts, None], object)
            found.append((table[place[good]], _mask(cells, at[good])))
        return found

    def _stamps(self, column: Column, cells: Cells) -> list[tuple[Any, np.ndarray[Any, np.dtype[np.bool_]]]]:
        mine = np.flatnonzero(self._of_kind(cells, STAMP))
        serials = self._numbers(cells, mine)
        if serials is None or not len(mine):
            return []
        first = FIRST_DAY_1904 if self._decoder.is_1904 else FIRST_DAY
        serials = np.clip(serials, 0, 1e6)
        days = np.floor(serials)
        milliseconds = np.rint((serials - days) * DAY_MS).astype(np.int64) + days.astype(np.int64) * DAY_MS
        low, high = ((bound - first) // dt.timedelta(milliseconds=1) for bound in (EARLIEST, LATEST))
        good = (milliseconds >= low) & (milliseconds < high) & (serials > LEAP_BUG_ENDS)
        if column.kind is Kind.DATE:
            good &= milliseconds % DAY_MS == 0
        moments = np.datetime64(first, "ms") + milliseconds[good].astype("m8[ms]")
        kept = moments.astype("M8[D]" if column.kind is Kind.DATE else "M8[us]").astype(object)
        return [(kept, _mask(cells, mine[good]))]


def _mask(cells: Cells, mine: Ints) -> np.ndarray[Any, np.dtype[np.bool_]]:
    mask = np.zeros(len(cells.rows), bool)
    mask[mine] = True
    return mask

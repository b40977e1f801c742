"""Reads a sheet's XML with a parser: every cell exactly, or a sentence on where the content is undefined.

This defines the content of a sheet. `regular` reads the usual shape many times faster and must give the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from app.workbook.column_letters import column_letters, column_number
from app.workbook.oddities import StaleFormula, UncachedFormula
from app.workbook.opc.xml_walk import DEEPEST, MAIN, SPACE, Feed, local_name, new_parser, truth
from app.workbook.scanning.decoding import TYPES, Decoder, Unreadable
from app.workbook.scanning.texts import LONGEST_TEXT

Cell: TypeAlias = Any
Row: TypeAlias = tuple[int, dict[int, Cell]]
"""An Excel row number, and the non-empty cells by their column from 1."""

HEADER_ROW = 1
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
FEWEST_VALUES = 2
"""A row with fewer values in the wanted columns is no data: each sheet has two columns or more that allow no null."""
UNMERGE = (
    "take the merging off in Excel, give each cell its value or delete rows that are no data, and save it, or export it"
    " from the ERP again"
)
ROW_NUMBER = re.compile(r"[1-9]\d{0,6}\Z", re.ASCII)
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})\Z", re.ASCII)
COLUMN = re.compile(r"[1-9]\d{0,4}\Z", re.ASCII)
MOST_OTHERS = 1_000_000
"""Most elements such as columns and merged cells; a large sheet has a few thousand."""
CHILDREN: dict[str, set[str] | None] = {
    "worksheet": None,
    "sheetData": {"row"},
    "row": {"c", "extLst"},
    "c": {"v", "is", "f", "extLst"},
    "is": {"t", "r", "rPh", "phoneticPr"},
    "r": {"t", "rPr"},
    "rPh": {"t"},
    "v": set(),
    "f": set(),
    "t": set(),
}
"""The elements allowed inside each element; inside others, only those that cannot be mistaken for a cell."""
OF_CELLS = {"sheetData", "row", "c"}
NAMES = {f"{space}{SPACE}{name}": name for space in MAIN for name in (*CHILDREN, "extLst", "rPr", "phoneticPr")}


class SheetFault(ValueError):
    """The sheet's content is undefined.

    place: the cell, the row or the column, as text; empty for the sheet as a whole. remedy: if another one than for
    any fault helps.
    """

    def __init__(self, place: str, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.place, self.remedy = place, remedy


class SheetParser:
    """Parses a sheet's XML as it is fed, and returns its finished rows.

    Raises SheetFault, ExpatError, DeclaresEntities, or ValueError as `Feed` does.

    choose: called once with row 1, or with nothing when the first row is another one; it returns the columns whose
    cells are wanted. The values of other cells are neither decoded nor returned; their place and form are checked.
    wanted, last_row and last_data may be set to continue after rows that were read before. last_data: the last row that
    can be data (`FEWEST_VALUES`).
    """

    def __init__(self, decoder: Decoder, choose: Callable[[dict[int, Cell]], Collection[int]] | None) -> None:
        self.rows: list[Row] = []
        self.last_row = self.last_data = 0
        self.sheets_of_cells = 0
        self.hidden_columns: list[tuple[int, int]] = []
        self._decoder = decoder
        self._choose = choose
        self.wanted: Collection[int] | None = None
        self._path: list[str] = []
        self._row: dict[int, Cell] = {}
        self._is_empty, self._has_text = True, False
        self._column = self._characters = self._others = 0
        self._cell: dict[str, str] = {}
        self._parts: dict[str, list[str]] = {}
        parser = new_parser()
        self._feed = Feed(parser)
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = parser.ProcessingInstructionHandler = self._aside

    def feed(self, block: bytes, is_last: bool = False) -> list[Row]:
        """The rows that end in these bytes."""
        self._feed(block, is_last)
        rows, self.rows = self.rows, []
        return rows

    @property
    def is_among_rows(self) -> bool:
        """True if the next element may be a row."""
        return self._path == ["worksheet", "sheetData"]

    def place(self) -> str:
        """The parser's position, as text."""
        if "c" in self._path and self._column:
            return f"cell {column_letters(self._column)}{self.last_row}"
        return f"row {self.last_row}" if self.last_row else "before its first row"

    def _fault(self, what: str) -> SheetFault:
        return SheetFault(self.place(), what)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = NAMES.get(name) or "?" + local_name(name)
        path = self._path
        self._require_place(kind)
        path.append(kind)
        if kind in ("is", "r"):
            self._has_text = False
        if kind == "row":
            self._begin_row(attributes)
        elif kind == "c":
            self._begin_cell(attributes)
        elif path[-2:-1] == ["c"] and kind in ("v", "is", "f"):
            if kind in self._parts:
                raise self._fault(f"it holds two values (<{kind}> twice)")
            self._parts[kind] = []
        elif kind == "t" and path[-2] in ("is", "r"):
            if self._has_text:
                raise self._fault("it holds two values (<t> twice)")
            self._has_text = True
        elif kind == "sheetData":
            self.sheets_of_cells += 1
            if self.sheets_of_cells > 1:
                raise self._fault("there is a second <sheetData>")
        else:
            self._begin_other(kind, attributes)

    def _begin_other(self, kind: str, attributes: dict[str, str]) -> None:
        if "sheetData" not in self._path:
            self._others += 1
            if self._others > MOST_OTHERS:
                raise SheetFault("", f"it has more than {MOST_OTHERS:,} elements beside its rows")
        if len(self._path) > DEEPEST:
            raise self._fault(f"its elements lie more than {DEEPEST} deep")
        if kind == "?col" and truth(attributes.get("hidden", "0")):
            self._hide_columns(attributes)
        elif kind == "?mergeCell":
            self._require_apart(attributes.get("ref", ""))

    def _require_place(self, kind: str) -> None:
        if not self._path:
            if kind != "worksheet":
                raise self._fault("it is no sheet of cells")
            return
        parent = self._path[-1]
        allowed = CHILDREN.get(parent)
        if allowed is not None:
            if kind not in allowed:
                raise self._fault(f"there is <{kind.lstrip('?')}> in <{parent}>, where no value can stand")
        elif kind in OF_CELLS and (parent, kind) != ("worksheet", "sheetData"):
            raise self._fault(f"there is a <{kind}> in <{parent.lstrip('?')}>, outside the sheet's rows")
        elif kind == "?sheetData" or (kind[:1] == "?" and kind[1:] in OF_CELLS and "sheetData" in self._path):
            raise self._fault(f"there is a <{kind[1:]}> of another namespace")

    def _hide_columns(self, attributes: dict[str, str]) -> None:
        """Record the first and the last column of a hidden group; an invalid number hides none."""
        ends = [attributes.get(name, "") for name in ("min", "max")]
        if all(COLUMN.match(end) for end in ends) and len(self.hidden_columns) < LAST_COLUMN:
            self.hidden_columns.append((int(ends[0]), int(ends[1])))

    def _require_apart(self, area: str) -> None:
        """Raises SheetFault for merged cells among the wanted values: all but the first are lost, or hidden. Behind the
        last row that can be data there may be some: a line of words across the table is refused as a row."""
        first, _, last = area.partition(":")
        corners = [REFERENCE.match(corner) for corner in (first, last)]
        if self.wanted is None or not all(corners):
            return
        left, right = sorted(column_number(match[1]) for match in corners if match)
        top, bottom = sorted(int(match[2]) for match in corners if match)
        is_lost = any(left <= column <= right and (column, bottom) != (left, top) for column in self.wanted)
        if is_lost and bottom > HEADER_ROW and top <= self.last_data:
            raise SheetFault(f"cells {area}", "they are merged, so only the first of them shows a value", UNMERGE)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r")
        number = self.last_row + 1 if given is None else int(given) if ROW_NUMBER.match(given) else 0
        if not 0 < number <= LAST_ROW:
            told = number if given is None else repr(given[:20])
            raise self._fault(f"the row after it has the number {told}, and there is no such row")
        if number <= self.last_row:
            what = "stands twice" if number == self.last_row else f"stands after row {self.last_row}"
            raise SheetFault(f"row {number}", f"it {what}")
        if self.wanted is None and self._choose is not None and number > 1:
            self.wanted = self._choose({})
        self.last_row, self._column, self._row, self._is_empty = number, 0, {}, True

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._cell, self._parts, self._characters = attributes, {}, 0
        given = attributes.get("r")
        if given is None:
            column = self._column + 1
        else:
            match = REFERENCE.match(given)
            if match is None:
                raise SheetFault(f"row {self.last_row}", f"there is no cell {given[:20]!r}")
            if int(match[2]) != self.last_row:
                raise SheetFault(f"row {self.last_row}", f"a cell in it says that it is {given}")
            column = column_number(match[1])
        if column <= self._column:
            what = "stands twice" if column == self._column else "stands after a cell to its right"
            raise SheetFault(f"cell {column_letters(column)}{self.last_row}", f"it {what}")
        if column > LAST_COLUMN:
            raise SheetFault(f"row {self.last_row}", "it has more cells than a sheet has columns")
        self._column = column

    def _text(self, text: str) -> None:
        kind = self._path[-1] if self._path else ""
        self._characters += len(text)
        if self._characters > LONGEST_TEXT and "c" in self._path:
            raise self._fault("it is longer than a cell can be")
        if kind == "t":
            if "is" in self._path and "rPh" not in self._path:
                self._parts["is"].append(text)
        elif kind in ("v", "f"):
            if self._path[-2] == "c":
                self._parts[kind].append(text)
        elif kind in ("sheetData", "row", "c", "is", "r") and not text.isspace():
            raise self._fault(f"there is text in <{kind}>, where no value can stand")

    def _aside(self, *_: str) -> None:
        if self._path and self._path[-1] in ("v", "t") and "c" in self._path:
            raise self._fault("a comment or an instruction divides its value")

    def _end(self, _: str) -> None:
        kind = self._path[-1]
        if kind == "c":
            self._end_cell()
        elif kind == "row":
            self._end_row()
        self._path.pop()

    def _end_cell(self) -> None:
        parts, kind = self._parts, self._cell.get("t", "n")
        if kind not in TYPES:
            raise self._fault(f"it is of the unknown type {kind[:20]!r}")
        text = "".join(parts.get("is" if kind == "inlineStr" else "v", ()))
        if parts.get("v" if kind == "inlineStr" else "is") or ("is" in parts and "v" in parts):
            raise self._fault(f"it holds a value that does not fit its type ({kind})")
        is_wanted = self.wanted is None or self._column in self.wanted
        if text:
            self._is_empty = False
            if is_wanted and "f" in parts and self._decoder.is_uncalculated:
                self._row[self._column] = StaleFormula("".join(parts["f"]))
            elif is_wanted:
                try:
                    self._row[self._column] = self._decoder.value(kind, self._cell.get("s"), text)
                except Unreadable as error:
                    raise self._fault(str(error)) from error
        elif "f" in parts and not ("v" in parts and kind == "str"):
            self._is_empty = False
            if is_wanted:
                self._row[self._column] = UncachedFormula("".join(parts["f"]))

    def _end_row(self) -> None:
        if self.wanted is None and self._choose is not None:
            self.wanted = self._choose(self._row)
        if len(self._row) >= FEWEST_VALUES:
            self.last_data = self.last_row
        if not self._is_empty:
            self.rows.append((self.last_row, self._row))

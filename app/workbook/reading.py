"""Reading a workbook: sheets as rows of plain cells with their Excel row numbers, one sheet in memory at a time.

The reader behind is python-calamine (docs/dependencies.md says why); nothing outside this module knows it.
A cell is "" when empty, else str, float, bool, date, datetime, time, timedelta, ErrorCell or UncachedFormula.
A number is the double that Excel keeps; a time is exact to the millisecond; blanks around a text count when the sheet
marks it xml:space="preserve", as Excel, openpyxl and xlsxwriter do where there are any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from app.workbook.errors import WorkbookRefused
from app.workbook.oddities import OddCell, Place, inspect_sheet, repeated_row
from app.workbook.package import damage_refused, damaged, require_package
from app.workbook.pieces import CLOSING, Piece, cut, package, skeleton
from app.workbook.rowscan import ROW

Cell: TypeAlias = Any
Row: TypeAlias = tuple[int, list[Cell]]

DEFAULT_MAX_EXPANDED_MB = 4096
HEADER_ROW = 1


@dataclass(frozen=True, slots=True)
class SheetRows:
    """One sheet: its header cells as texts, and its data rows, which can be walked once.

    headers: texts of row 1 in the sheet's order, "" where a cell is empty.
    rows: (Excel row number, cells in the order of the headers); rows without any value are left out.
    """

    headers: list[str]
    rows: Iterator[Row]


class Workbook:
    """An open workbook."""

    def __init__(self, path: Path, max_expanded_mb: int) -> None:
        self.path = path
        self._max_expanded_mb = max_expanded_mb
        self._parts = require_package(path, max_expanded_mb)
        self._sha256: dict[str, str] = {}
        try:
            self._reader = CalamineWorkbook.from_path(str(path))
        except CalamineError as error:
            raise damaged(path, error) from error

    @property
    def sheet_names(self) -> list[str]:
        """The sheets' names in the workbook's order."""
        return list(self._parts)

    def sheet(self, name: str) -> SheetRows:
        """One sheet's headers and rows. Raises KeyError for an unknown name, WorkbookRefused (DAMAGED, UNSAFE_XML)."""
        found = inspect_sheet(self.path, self._parts[name], self._max_expanded_mb)
        self._sha256[name] = found.sha256
        try:
            sheet = self._reader.get_sheet_by_name(name)
        except CalamineError as error:
            raise damaged(self.path, error) from error
        first_column = sheet.start[1] if sheet.start else 0
        columns = max([first_column + sheet.width, *(column for _, column in found.odd)], default=0)
        rows = _completed(enumerate(sheet.iter_rows(), start=1), first_column, columns, found.odd)
        read = _headed(rows)
        if not read.headers:
            return SheetRows([], iter(()))
        return SheetRows(read.headers, self._each_once(name, read.rows, found.row_elements - 1))

    def _each_once(self, name: str, rows: Iterator[Row], row_elements: int) -> Iterator[Row]:
        """The rows; of two that claim one row number the reader keeps the last, so such a sheet is refused."""
        given = 0
        for given, row in enumerate(rows, start=1):  # noqa: B007
            yield row
        if given != row_elements:
            number = repeated_row(self.path, self._parts[name])
            if number is not None:
                where = f"{self.path.name}, sheet {name}"
                raise WorkbookRefused("DAMAGED", f"{where}: row {number} stands twice: export it from the ERP again.")

    def pieces(self, name: str) -> Iterator[Piece] | None:
        """The sheet in pieces for `read_piece`, with `skeleton`; None for one that must be read whole.

        Raises KeyError for an unknown name, WorkbookRefused (DAMAGED, UNSAFE_XML).
        """
        part = self._parts[name]
        found = inspect_sheet(self.path, part, self._max_expanded_mb)
        self._sha256[name] = found.sha256
        return None if found.cuts is None else cut(self.path, name, part, found.cuts, found.odd)

    def skeleton(self) -> dict[str, bytes] | None:
        """What every piece needs of the package; None when it is too large to be worth cutting anything."""
        return skeleton(self.path, set(self._parts.values()))

    @property
    def expanded_bytes(self) -> int:
        """How large the sheets' XML is."""
        with damage_refused(self.path), ZipFile(self.path) as archive:
            return sum(archive.getinfo(part).file_size for part in self._parts.values())

    def rows(self, name: str) -> Iterator[Row]:
        """The data rows of one sheet."""
        return self.sheet(name).rows

    def sheet_sha256(self, name: str) -> str:
        """SHA-256 of the XML of a sheet that was asked for before, as 64 hexadecimal digits."""
        return self._sha256[name]

    def close(self) -> None:
        self._reader.close()


@contextmanager
def open_workbook(path: Path, max_expanded_mb: int = DEFAULT_MAX_EXPANDED_MB) -> Iterator[Workbook]:
    """Open a workbook for reading. Raises WorkbookRefused as `require_package` does."""
    workbook = Workbook(path, max_expanded_mb)
    try:
        yield workbook
    finally:
        workbook.close()


def read_piece(parts: Mapping[str, bytes], piece: Piece) -> SheetRows:
    """The rows of a piece, with the first one's cells as headers if it is the sheet's row 1; else without headers.

    Raises CalamineError for what the reader cannot read, which a whole sheet would be refused for.
    """
    with closing(CalamineWorkbook.from_filelike(package(parts, piece))) as reader:
        sheet = reader.get_sheet_by_name(piece.sheet)
        first_row, first_column = sheet.start or (0, 0)
        columns = max([first_column + sheet.width, *(column for _, column in piece.odd)], default=0)
        cells = sheet.to_python(skip_empty_area=True)
    numbered = _with_errors_above(enumerate(cells, start=first_row + 1), first_row + 1, piece.odd)
    return _headed(_completed(numbered, first_column, columns, piece.odd))


def headers_of(parts: Mapping[str, bytes], piece: Piece) -> list[str]:
    """The cells of row 1, from a sheet's first piece; none when it is blank. Raises CalamineError."""
    second = piece.xml.find(ROW, piece.xml.find(ROW) + len(ROW))
    xml = piece.xml if second < 0 else piece.xml[:second] + CLOSING
    odd = {place: cell for place, cell in piece.odd.items() if place[0] == HEADER_ROW}
    return read_piece(parts, Piece(piece.sheet, piece.part, xml, odd)).headers


def _with_errors_above(numbered: Iterator[Row], first: int, odd: Mapping[Place, OddCell]) -> Iterator[Row]:
    """The reader begins at its first value; rows above it that hold nothing but errors come as blank ones."""
    for row in sorted({row for row, _ in odd if row < first}):
        yield row, []
    yield from numbered


def _headed(rows: Iterator[Row]) -> SheetRows:
    first = next(rows, (HEADER_ROW, []))
    if first[0] != HEADER_ROW:
        return SheetRows([], chain([first], rows))
    return SheetRows([cell if isinstance(cell, str) else str(cell) for cell in first[1]], rows)


def _completed(
    numbered: Iterator[Row], first_column: int, columns: int, odd: dict[tuple[int, int], OddCell]
) -> Iterator[Row]:
    """Rows as they stand in the sheet, with the odd cells put in; blank rows are left out."""
    left = [""] * first_column
    odd_rows: dict[int, dict[int, OddCell]] = {}
    for (row, column), cell in odd.items():
        odd_rows.setdefault(row, {})[column] = cell
    last = 0
    for last, cells in numbered:
        if first_column:
            cells = left + cells
        if last in odd_rows:
            cells += [""] * (columns - len(cells))
            for column, cell in odd_rows.pop(last).items():
                cells[column - 1] = cell
        if cells[0] != "" or any(cell != "" for cell in cells):
            yield last, cells
    for row in sorted(row for row in odd_rows if row > last):
        yield row, [odd_rows[row].get(column, "") for column in range(1, columns + 1)]

"""Reads a workbook: its sheets as rows of plain cells with their Excel row numbers, a few megabytes of XML at a time.

A cell is "" when empty, else str, float, bool, date, datetime, time, timedelta, ErrorCell or UncachedFormula. A number
is the double that Excel keeps; a time is exact to the millisecond; a text keeps its blanks. Non-empty cells and rows
are also counted in the XML, independently, and compared with those read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeAlias
from xml.parsers.expat import ExpatError

from app.contract import SHEETS, Sheet
from app.expansion_limit import DEFAULT_MAX_EXPANDED_MB
from app.workbook.errors import WorkbookRefused, shown_name
from app.workbook.judging.contract_checking import column_places, extra_columns, require_sheets
from app.workbook.opc.layout import require_unambiguous
from app.workbook.opc.package import damage_refused, require_package
from app.workbook.opc.parts import require_length, require_whole_parts
from app.workbook.scanning.alike import InBulk
from app.workbook.scanning.decoding import Decoder
from app.workbook.scanning.formats import cell_formats
from app.workbook.scanning.regular import Scanned
from app.workbook.scanning.row_attributes import Prefixes
from app.workbook.scanning.sheet_stream import Part, SheetStream, TakeInBulk
from app.workbook.scanning.sheet_xml import HEADER_ROW, SheetFault
from app.workbook.scanning.sheet_xml import Row as RawRow
from app.workbook.scanning.texts import TooMuch, shared_texts

Cell: TypeAlias = Any
Row: TypeAlias = tuple[int, list[Cell]]
ContractPart: TypeAlias = Scanned | InBulk | list[Row]
BulkOf: TypeAlias = Callable[[Sheet, list[int], Decoder], TakeInBulk]
"""Makes the bulk converter of a sheet, once the places of the contract's columns are known."""

FIRST_ROWS = 20
"""Number of rows in which misplaced headers are looked for."""
REMEDY = "open it in Excel and save it as .xlsx, or export it from the ERP again"


@dataclass(frozen=True, slots=True)
class SheetRows:
    """One sheet: its header cells as texts, and its data rows, an iterator.

    headers: texts of row 1 in the sheet's order, "" where a cell is empty. rows: (Excel row number, cells from column A
    on); rows without any value are left out.
    """

    headers: list[str]
    rows: Iterator[Row]


@dataclass(slots=True)
class ContractSheet:
    """A sheet of the contract while it is read. parts: its data rows, scanned, in bulk or as rows with the contract's
    columns in their order. places: the column of each contract column in the sheet, from 1; both are known with the
    first part.
    """

    parts: Iterator[ContractPart]
    places: list[int]
    extra_columns: tuple[str, ...] = ()


class Workbook:
    """An open workbook."""

    def __init__(self, path: Path, max_expanded_mb: int) -> None:
        self.path = path
        self._layout = require_package(path, max_expanded_mb)
        self._max_expanded_mb, self._characters = max_expanded_mb, 0
        self._sha256: dict[str, str] = {}
        self._hidden_rows: dict[str, int] = {}
        self._hidden_groups: dict[str, list[tuple[int, int]]] = {}
        self._hidden_columns: dict[str, tuple[str, ...]] = {}
        with zipfile.ZipFile(path) as archive:
            self.decoder = Decoder(
                self._part(archive, self._layout.texts, shared_texts),
                self._part(archive, self._layout.formats, cell_formats),
                self._layout.is_1904,
                self._layout.is_uncalculated,
            )
            with damage_refused(path):
                require_whole_parts(archive, self._unread(archive))

    def _part(self, archive: zipfile.ZipFile, part: str | None, reader: Callable[[Any], list[str]]) -> list[str]:
        if part is None:
            return []
        try:
            with damage_refused(self.path, part), archive.open(part) as file:
                found = reader(file)
                self._require_length(file, archive.getinfo(part))
                return found
        except TooMuch as error:
            raise WorkbookRefused("TOO_DEMANDING", f"{shown_name(self.path)}: {error}: {REMEDY}.") from error

    def _require_length(self, file: IO[bytes], entry: zipfile.ZipInfo) -> None:
        """Raises WorkbookRefused (DAMAGED) in the words of an upload's admission, which reads no sheet."""
        with damage_refused(self.path):
            require_length(file, entry)

    def _unread(self, archive: zipfile.ZipFile) -> list[str]:
        """The parts that reading the contract's sheets does not need."""
        layout = self._layout
        read = {layout.texts, layout.formats, *(layout.sheets.get(sheet.name) for sheet in SHEETS)}
        return [name for name in archive.namelist() if name not in read]

    @property
    def sheet_names(self) -> list[str]:
        """The names of the sheets of cells, in the workbook's order."""
        return list(self._layout.sheets)

    def require_unambiguous(self, wanted: Collection[str]) -> None:
        """Raises WorkbookRefused: DUPLICATE_SHEET or DAMAGED, as `layout.require_unambiguous`."""
        require_unambiguous(shown_name(self.path), self._layout, wanted)

    def require_contract(self) -> None:
        """Raises WorkbookRefused as `require_unambiguous`, and MISSING_SHEET naming every absent sheet."""
        self.require_unambiguous([sheet.name for sheet in SHEETS])
        require_sheets(shown_name(self.path), self._layout.sheets)

    def sheet(self, name: str) -> SheetRows:
        """One sheet's headers and rows, all columns. Raises KeyError for an unknown name, WorkbookRefused."""
        parts = self._walk(name, None)
        rows = (row for part in parts if isinstance(part, list) for row in part)
        first = next(rows, None)
        if first is None:
            return SheetRows([], rows_of(()))
        if first[0] != HEADER_ROW:
            return SheetRows([], rows_of([first], rows))
        return SheetRows(headers_of(first[1]), rows_of(rows))

    def rows(self, name: str) -> Iterator[Row]:
        """The data rows of one sheet."""
        return self.sheet(name).rows

    def headers(self, name: str) -> list[str]:
        """The header cells of one sheet as texts."""
        return self.sheet(name).headers

    def contract_sheet(self, sheet: Sheet, bulk_of: BulkOf | None = None) -> ContractSheet:
        """A sheet of the contract, whose columns alone are kept. bulk_of: makes the bulk converter, if there is one.

        Raises, with the first part, WorkbookRefused: DAMAGED, UNSAFE_XML, MISSING_HEADER, MISSING_COLUMN or
        DUPLICATE_COLUMN.
        """
        read = ContractSheet(iter(()), [])
        takers: list[TakeInBulk] = []

        def in_bulk(piece: bytes, last_row: int, prefixes: Prefixes) -> InBulk | None:
            return takers[0](piece, last_row, prefixes) if takers else None

        def choose(cells: dict[int, Cell]) -> Collection[int]:
            headers = headers_of(cells)
            # A missing column may have its header further down.
            lacks = not {column.header for column in sheet.columns} <= set(headers)
            first_rows = list(islice(self.rows(sheet.name), FIRST_ROWS)) if lacks else []
            places = column_places(shown_name(self.path), sheet, headers, first_rows)
            read.places = [place + 1 for place in places]
            read.extra_columns = extra_columns(sheet, headers)
            if bulk_of is not None:
                takers.append(bulk_of(sheet, read.places, self.decoder))
            return frozenset(read.places)

        def parts() -> Iterator[ContractPart]:
            for part in self._walk(sheet.name, choose, in_bulk):
                if not isinstance(part, list):
                    yield part
                elif rows := [
                    (number, [cells.get(place, "") for place in read.places])
                    for number, cells in part
                    if number != HEADER_ROW
                ]:
                    yield rows
            groups = self._hidden_groups[sheet.name]
            self._hidden_columns[sheet.name] = tuple(
                column.header
                for column, place in zip(sheet.columns, read.places, strict=True)
                if any(first <= place <= last for first, last in groups)
            )

        read.parts = parts()
        return read

    def _walk(
        self,
        name: str,
        choose: Callable[[dict[int, Cell]], Collection[int]] | None,
        in_bulk: TakeInBulk | None = None,
    ) -> Iterator[Part]:
        part = self._layout.sheets[name]
        where = f"{shown_name(self.path)}, sheet {name}"
        try:
            with damage_refused(self.path, f"sheet {name}"), zipfile.ZipFile(self.path) as archive:
                with archive.open(part) as file:
                    stream = SheetStream(file, self.decoder, choose, in_bulk)
                    with self.fault_refused(name):
                        yield from stream.parts()
                    self._require_length(file, archive.getinfo(part))
                self._sha256[name], self._hidden_rows[name] = stream.sha256, stream.hidden_rows
                self._hidden_groups[name] = stream.hidden_columns
        except ExpatError as error:
            raise WorkbookRefused("DAMAGED", f"{where} is damaged ({error}): {REMEDY}.") from error

    @contextmanager
    def fault_refused(self, name: str) -> Iterator[None]:
        """Convert a fault of this sheet, found while it is read or typed, to WorkbookRefused."""
        try:
            yield
        except SheetFault as fault:
            at = f", {fault.place}" if fault.place else ""
            where = f"{shown_name(self.path)}, sheet {name}{at}"
            raise WorkbookRefused("DAMAGED", f"{where}: {fault}: {fault.remedy or REMEDY}.") from fault

    def add_texts(self, name: str, characters: int) -> None:
        """Count the characters of a sheet's texts. Raises WorkbookRefused (TOO_LARGE) if all exceed the limit."""
        self._characters += characters
        if self._characters > self._max_expanded_mb * 1_000_000:
            where = f"{shown_name(self.path)}, sheet {name}"
            raise WorkbookRefused(
                "TOO_LARGE",
                f"{where}: its cells repeat texts of more than {self._max_expanded_mb:,} MB: raise MAX_EXPANDED_MB if"
                " it is meant.",
            )

    def hidden_rows(self, name: str) -> int:
        """Number of hidden rows of a sheet whose rows were read."""
        return self._hidden_rows[name]

    def hidden_columns(self, name: str) -> tuple[str, ...]:
        """The contract's columns that are hidden in a sheet that was read by `contract_sheet`; they are read as
        well."""
        return self._hidden_columns[name]

    def sheet_sha256(self, name: str) -> str:
        """SHA-256 of the XML of a sheet that was read to its end, as 64 hexadecimal digits."""
        return self._sha256[name]


def rows_of(*several: Collection[RawRow] | Iterator[RawRow]) -> Iterator[Row]:
    """Rows as lists of cells from column A on."""
    for rows in several:
        for number, cells in rows:
            yield number, [cells.get(column, "") for column in range(1, max(cells, default=0) + 1)]


def headers_of(cells: dict[int, Cell]) -> list[str]:
    """The header cells as texts."""
    found = (cells.get(column, "") for column in range(1, max(cells, default=0) + 1))
    return [cell if isinstance(cell, str) else str(cell) for cell in found]


@contextmanager
def open_workbook(path: Path, max_expanded_mb: int = DEFAULT_MAX_EXPANDED_MB) -> Iterator[Workbook]:
    """Open a workbook for reading. Raises WorkbookRefused as `require_package` does, and TOO_DEMANDING."""
    yield Workbook(path, max_expanded_mb)

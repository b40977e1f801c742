"""Types a sheet in chunks: rows of the usual shape a column at a time, all others cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.contract import Column, Kind, Sheet
from app.workbook.cells import CellFault, Typed, type_cell
from app.workbook.judging.column_faults import ColumnFault, ColumnFaults, tally
from app.workbook.oddities import ErrorCell, UncachedFormula
from app.workbook.scanning.alike import InBulk
from app.workbook.scanning.regular import Scanned
from app.workbook.scanning.scan_typing import ScannedRows
from app.workbook.showing import shown_in_reject
from app.workbook.workbook_reading import BulkOf, Row, Workbook

CHUNK_ROWS = 20_000
UNCACHED = "FORMULA_WITHOUT_VALUE"
PRECEDENCE = ("NULL_KEY", "INVALID_TYPE", "OUT_OF_RANGE")


@dataclass(frozen=True, slots=True)
class RowFault:
    """Reason for which a row is rejected by its own cells: the gravest code, every fault as text, and the row's cells.

    raw_cells: header → text of the cell (`shown_in_reject`), of the contract's columns that are not personal.
    """

    code: str
    detail: str
    raw_cells: dict[str, str]


@dataclass(slots=True)
class Chunk:
    """Consecutive data rows of one sheet.

    excel_rows: their row numbers. columns: one list of values for each contract column, in the contract's order; the
    value of a faulty cell is None. faults: by the row's place in the chunk. column_faults: the same by column.
    notes: kept oddities by (header, code). extra_columns: headers that the contract does not know. error_cells: of the
    rows at fault, by the error's code.
    """

    excel_rows: list[int]
    columns: list[list[Any]]
    faults: dict[int, RowFault] = field(default_factory=dict)
    column_faults: ColumnFaults = field(default_factory=dict)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    extra_columns: tuple[str, ...] = ()
    error_cells: Counter[str] = field(default_factory=Counter)


def typed_chunks(workbook: Workbook, sheet: Sheet, size: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """The sheet's data rows in chunks of some thousand rows, or at most `size` if read by the parser.

    Raises WorkbookRefused as `typed_or_in_bulk`.
    """
    return (part for part in typed_or_in_bulk(workbook, sheet, None, size) if isinstance(part, Chunk))


def typed_or_in_bulk(
    workbook: Workbook, sheet: Sheet, bulk_of: BulkOf | None, size: int = CHUNK_ROWS
) -> Iterator[Chunk | InBulk]:
    """The sheet's data rows as `typed_chunks` gives them, except for pieces that were converted in bulk.

    Raises WorkbookRefused: DAMAGED, UNSAFE_XML, MISSING_HEADER, MISSING_COLUMN, DUPLICATE_COLUMN or TOO_LARGE.
    """
    read = workbook.contract_sheet(sheet, bulk_of)
    for part in read.parts:
        if isinstance(part, InBulk):
            part.extra_columns = read.extra_columns
            workbook.add_texts(sheet.name, part.characters)
            yield part
            continue
        if isinstance(part, Scanned):
            with workbook.fault_refused(sheet.name):
                chunks = [typed_scan(sheet, ScannedRows(sheet, read.places, part, workbook.decoder))]
        else:
            chunks = [typed(sheet, part[start : start + size]) for start in range(0, len(part), size)]
        for chunk in chunks:
            chunk.extra_columns = read.extra_columns
            workbook.add_texts(sheet.name, _characters(sheet, chunk))
            yield chunk


def _characters(sheet: Sheet, chunk: Chunk) -> int:
    """Number of characters of all texts in the chunk, repeated references to a shared text included."""
    pairs = zip(sheet.columns, chunk.columns, strict=True)
    return sum(sum(map(len, filter(None, values))) for column, values in pairs if column.kind is Kind.TEXT)


def typed_scan(sheet: Sheet, scanned: ScannedRows) -> Chunk:
    """One chunk of rows of the usual shape."""
    chunk = Chunk(scanned.excel_rows, [], notes=scanned.notes)
    faults: dict[int, list[CellFault]] = {}
    for number in range(len(sheet.columns)):
        column = scanned.column(number)
        chunk.columns.append(column.values)
        for place, fault in column.faults.items():
            faults.setdefault(place, []).append(fault)
    for place, found in sorted(faults.items()):
        _refuse(chunk, sheet, place, found, [scanned.cell(n, place) for n in range(len(sheet.columns))])
    return chunk


def typed(sheet: Sheet, rows: list[Row]) -> Chunk:
    """One chunk of consecutive rows, whose cells are those of the contract's columns in their order."""
    raw = list(zip(*(cells for _, cells in rows), strict=True))
    chunk = Chunk([excel_row for excel_row, _ in rows], [])
    faults: dict[int, list[CellFault]] = {}
    for column, cells in zip(sheet.columns, raw, strict=True):
        chunk.columns.append(_column(column, cells, column.header in sheet.key, chunk.notes, faults))
    for place, found in sorted(faults.items()):
        _refuse(chunk, sheet, place, found, [cells[place] for cells in raw])
    return chunk


def _refuse(chunk: Chunk, sheet: Sheet, place: int, found: list[CellFault], cells: Sequence[Any]) -> None:
    """Record why a row is refused. cells: those of the contract's columns, as in the sheet."""
    found.sort(key=lambda fault: PRECEDENCE.index(fault.code))
    for fault in found:
        tally(chunk.column_faults, ColumnFault.of(fault, chunk.excel_rows[place]))
    shown = {
        column.header: shown_in_reject(column, cell)
        for column, cell in zip(sheet.columns, cells, strict=True)
        if not column.personal
    }
    chunk.faults[place] = RowFault(found[0].code, "; ".join(fault.detail for fault in found), shown)
    for cell in cells:
        if isinstance(cell, ErrorCell):
            chunk.error_cells[cell.code] += 1
        elif isinstance(cell, UncachedFormula):
            chunk.error_cells[UNCACHED] += 1


def _column(
    column: Column,
    cells: Sequence[Any],
    in_key: bool,
    notes: Counter[tuple[str, str]],
    faults: dict[int, list[CellFault]],
) -> list[Any]:
    values = []
    for place, cell in enumerate(cells):
        typed = type_cell(column, cell, in_key=in_key)
        if isinstance(typed, Typed):
            values.append(typed.value)
            if typed.note:
                notes[column.header, typed.note] += 1
        else:
            values.append(None)
            faults.setdefault(place, []).append(typed)
    return values

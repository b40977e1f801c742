"""One sheet's typed rows, held column by column in as few bytes as plain Python needs.

Numbers lie in arrays (8 bytes, flags 1) as long as no cell of the column is null or faulty, all else in lists. So a
sheet takes at most 8 bytes a cell, plus 32 for each number of a column with nulls, 48 for each time, and its texts.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from typing import Any, TypeAlias

from app.contract import NULL_TEXT, Kind, Sheet
from app.workbook.judging.column_faults import ColumnFaults, tally
from app.workbook.typing import Chunk

Values: TypeAlias = Sequence[Any]
"""A column: plain values, None for a null or a faulty cell, flags as 0 and 1."""

ARRAYS = {Kind.INT: "q", Kind.NUMBER: "d", Kind.FLAG: "b"}
NULL_CELLS = {NULL_TEXT, ""}
EXAMPLES = 10
"""Number of refused rows that are shown of a sheet: the first ones."""


class MissingColumn(Exception):
    """A figure needs a column that the workbook lacks or has twice."""


@dataclass
class SheetData:
    """The rows of one sheet, the columns that it has of the contract's.

    sheet: the contract, without the columns that are missing. refused: place of a row → its code, for faults of its own
    cells. faulty: header → faulty cells; column_faults: the same with the first one's row and reason. faulty_headers:
    place → headers at fault, of the first such rows. notes: (header, code) → cells stored oddly. extra_columns: unknown
    headers. error_cells: of rows at fault.
    """

    sheet: Sheet
    excel_rows: Values = field(default_factory=lambda: array("L"))
    columns: dict[str, Any] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    faulty: Counter[str] = field(default_factory=Counter)
    column_faults: ColumnFaults = field(default_factory=dict)
    faulty_headers: dict[int, list[str]] = field(default_factory=dict)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    extra_columns: tuple[str, ...] = ()
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()
    error_cells: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for column in self.sheet.columns:
            self.columns[column.header] = array(ARRAYS[column.kind]) if column.kind in ARRAYS else []

    def __len__(self) -> int:
        return len(self.excel_rows)

    def append(self, chunk: Chunk) -> None:
        """Add the next rows."""
        first = len(self)
        tally(self.column_faults, *chunk.column_faults.values())
        for place, fault in sorted(chunk.faults.items()):
            headers = [
                column.header
                for column, values in zip(self.sheet.columns, chunk.columns, strict=True)
                if values[place] is None
                and not (column.nullable and fault.raw_cells.get(column.header, "") in NULL_CELLS)
            ]
            self.refused[first + place] = fault.code
            self.faulty.update(headers)
            if len(self.faulty_headers) < EXAMPLES:
                self.faulty_headers[first + place] = headers
        self.excel_rows = _joined(self.excel_rows, chunk.excel_rows)
        for column, values in zip(self.sheet.columns, chunk.columns, strict=True):
            if column.kind is Kind.FLAG:
                values = [value if value is None else int(value) for value in values]
            self.columns[column.header] = _joined(self.columns[column.header], values)
        self.notes.update(chunk.notes)
        self.error_cells.update(chunk.error_cells)
        self.extra_columns = chunk.extra_columns

    def __getitem__(self, header: str) -> Values:
        """The column of all rows. Raises MissingColumn."""
        try:
            values: Values = self.columns[header]
        except KeyError:
            raise MissingColumn(f"{self.sheet.name}.{header}") from None
        return values

    @cached_property
    def sound(self) -> SheetData:
        """The rows without a faulty cell, in which None is a null. The same object when no cell is faulty."""
        return self.without(self.refused) if self.refused else self

    def without(self, places: Iterable[int]) -> SheetData:
        """The rows except those at these places."""
        kept = bytearray(b"\x01") * len(self)
        for place in places:
            kept[place] = 0
        rest = replace(self, excel_rows=_chosen(self.excel_rows, kept), refused={}, columns={})
        rest.columns = {header: _chosen(values, kept) for header, values in self.columns.items()}
        return rest


def _chosen(values: Any, kept: bytearray) -> Any:
    rest = compress(values, kept)
    return array(values.typecode, rest) if isinstance(values, array) else list(rest)


def _joined(held: Any, values: list[Any]) -> Any:
    if isinstance(held, list):
        held += values
    elif None in values:
        held = held.tolist() + values
    else:
        held.fromlist(values)
    return held

"""Counts faulty cells by column: number of cells, the first row, and its content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from app.workbook.cells import CellFault


@dataclass(frozen=True, slots=True)
class ColumnFault:
    """Cells of one column that are refused with one code.

    cells: their number. excel_row: the first one's row. said, found: of the first one, as in `CellFault`.
    """

    header: str
    code: str
    cells: int
    excel_row: int
    said: str
    found: str

    @classmethod
    def of(cls, fault: CellFault, excel_row: int) -> ColumnFault:
        """The fault of one cell."""
        return cls(fault.header, fault.code, 1, excel_row, fault.said, fault.found)


ColumnFaults: TypeAlias = dict[tuple[str, str], ColumnFault]
"""Faults by (header, code)."""


def tally(counted: ColumnFaults, *faults: ColumnFault) -> None:
    """Add these faults to the counted ones; the lowest Excel row determines said and found."""
    for fault in faults:
        key = (fault.header, fault.code)
        before = counted.get(key)
        if before is None:
            counted[key] = fault
        else:
            first = min(before, fault, key=lambda one: one.excel_row)
            counted[key] = replace(first, cells=before.cells + fault.cells)


def by_column(faults: Iterable[ColumnFault]) -> dict[str, int]:
    """Number of faulty cells of each column, over all codes; a cell has one code."""
    found: dict[str, int] = {}
    for fault in faults:
        found[fault.header] = found.get(fault.header, 0) + fault.cells
    return found

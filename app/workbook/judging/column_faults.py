"""Faults of cells, counted by column: how many rows, where the first one stands, what it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from app.workbook.cells import CellFault


@dataclass(frozen=True, slots=True)
class ColumnFault:
    """Cells of one column that are refused for one code.

    cells: how many. excel_row: the first of them. said, found: of that first one, as `CellFault` has them.
    """

    header: str
    code: str
    cells: int
    excel_row: int
    said: str
    found: str

    @classmethod
    def of(cls, fault: CellFault, excel_row: int) -> ColumnFault:
        """One cell's fault."""
        return cls(fault.header, fault.code, 1, excel_row, fault.said, fault.found)


ColumnFaults: TypeAlias = dict[tuple[str, str], ColumnFault]
"""By (header, code)."""


def tally(counted: ColumnFaults, *faults: ColumnFault) -> None:
    """Add these to those counted before; the lowest Excel row says what stands there."""
    for fault in faults:
        key = (fault.header, fault.code)
        before = counted.get(key)
        if before is None:
            counted[key] = fault
        else:
            first = min(before, fault, key=lambda one: one.excel_row)
            counted[key] = replace(first, cells=before.cells + fault.cells)


def by_column(faults: Iterable[ColumnFault]) -> dict[str, int]:
    """Faulty cells of each column, whatever their codes: a cell has one."""
    found: dict[str, int] = {}
    for fault in faults:
        found[fault.header] = found.get(fault.header, 0) + fault.cells
    return found

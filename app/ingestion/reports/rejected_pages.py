"""One page of rejected_rows.xlsx: its header row, widths, filter, print settings, and cells safe to open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeAlias

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from app.ingestion.reports.csv_text import FORMULA_STARTS

BOLD = Font(name="Calibri", size=11, bold=True)
TITLE = Font(name="Calibri", size=14, bold=True)
HEADER_FILL = PatternFill("solid", fgColor="FFD9E1EC")
FAULT_FILL = PatternFill("solid", fgColor="FFFFC7CE")
WRAPPED = Alignment(wrap_text=True, vertical="top")
APART = Alignment(horizontal="right", indent=1)
APART_AT_TOP = Alignment(horizontal="right", indent=1, vertical="top")
"""Alignments of a number or moment before a text, which would touch it and read as one word; the second one is not
wrapped either, because LibreOffice then leaves the indent out."""
ABOVE_NUMBERS = Alignment(horizontal="right", indent=1, wrap_text=True, vertical="top")


class Share(float):
    """A share of rows, 0 to 1, shown as a percentage."""


class Count(int):
    """A number of rows, shown with its thousands apart."""


FORMATS: dict[type, str] = {Share: "0.00%", Count: "#,##0", dt.datetime: "yyyy-mm-dd hh:mm:ss"}
NARROWEST, WIDEST = 10, 60
LINE_POINTS = 15

Shown: TypeAlias = str | int | float | dt.date | None


class Page:
    """One sheet of a write-only workbook. widths: characters of each column."""

    def __init__(self, book: Workbook, title: str, widths: Sequence[int]) -> None:
        self._sheet: Any = book.create_sheet(title)
        self._widths = [max(NARROWEST, min(width, WIDEST)) for width in widths]
        for place, width in enumerate(self._widths, start=1):
            self._sheet.column_dimensions[get_column_letter(place)].width = width
        self._sheet.page_setup.orientation = "landscape"
        self._sheet.page_setup.fitToWidth, self._sheet.page_setup.fitToHeight = 1, 0
        self._sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self._rows = 0

    def table(self, *headers: str, rows: int, numbers: frozenset[int] = frozenset()) -> None:
        """Write the header row of a table with `rows` rows, with a filter; on the first row it stays in view.

        numbers: places of the columns (from 0) that hold numbers, above which the header stands.
        """
        self._rows += 1
        if self._rows == 1:
            self._sheet.freeze_panes = "A2"
            self._sheet.print_title_rows = "1:1"
            self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(headers))}{rows + 1}"
        self._fit(headers)
        self._sheet.append(
            [
                self._cell(header, font=BOLD, fill=HEADER_FILL, alignment=ABOVE_NUMBERS if at in numbers else WRAPPED)
                for at, header in enumerate(headers)
            ]
        )

    def title(self, text: str) -> None:
        self._rows += 1
        self._sheet.append([self._cell(text, font=TITLE)])

    def row(self, *values: Shown, bold: int = 0, marked: frozenset[int] = frozenset(), wrapped: bool = False) -> None:
        """Write a row: its first `bold` cells in bold, the cells at the places `marked` (from 0) as faulty."""
        self._rows += 1
        if wrapped:
            self._fit(values)
        self._sheet.append(
            [
                self._cell(
                    value,
                    font=BOLD if place < bold else None,
                    fill=FAULT_FILL if place in marked else None,
                    alignment=_alignment(value, following, wrapped=wrapped),
                )
                for place, (value, following) in enumerate(zip(values, (*values[1:], None), strict=False))
            ]
        )

    def paragraph(self, *values: Shown) -> None:
        """Write a row whose last value, a text of several lines, stands over all columns that are left."""
        self._rows += 1
        before, text = len(values) - 1, str(values[-1])
        first, last = (get_column_letter(place) for place in (before + 1, len(self._widths)))
        self._sheet.merged_cells.add(f"{first}{self._rows}:{last}{self._rows}")
        lines = -(-len(text) // sum(self._widths[before:]))
        self._sheet.row_dimensions[self._rows].height = LINE_POINTS * max(lines, 1)
        cells = [
            self._cell(value, font=None if place else BOLD, alignment=_alignment(value, text, wrapped=True))
            for place, value in enumerate(values[:-1])
        ]
        self._sheet.append([*cells, self._cell(text, alignment=WRAPPED)])

    def _fit(self, values: Sequence[Shown]) -> None:
        """Set the row's height by its longest wrapped text, because LibreOffice does not do so."""
        lines = [-(-len(str(value)) // width) for value, width in zip(values, self._widths, strict=False)]
        self._sheet.row_dimensions[self._rows].height = LINE_POINTS * max(lines, default=1)

    def _cell(self, value: Shown, *, font: Any = None, fill: Any = None, alignment: Any = None) -> Any:
        if isinstance(value, str):
            cell = WriteOnlyCell(self._sheet, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value))
            cell.data_type = "s"
            if value.startswith(FORMULA_STARTS):
                cell.quotePrefix = True
        else:
            given: Any = value  # the stubs of openpyxl lack calendar days
            cell = WriteOnlyCell(self._sheet, given)
            if type(value) in FORMATS:
                cell.number_format = FORMATS[type(value)]
        if font is not None:
            cell.font = font
        if fill is not None:
            cell.fill = fill
        if alignment is not None:
            cell.alignment = alignment
        return cell


def _alignment(value: Shown, following: Shown, *, wrapped: bool) -> Alignment | None:
    if isinstance(following, str) and value is not None and not isinstance(value, str):
        return APART_AT_TOP if wrapped else APART
    return WRAPPED if wrapped else None

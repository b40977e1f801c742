"""One table as a workbook: the rows, and a page that says of which export they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from app.ingestion.reports.csv_text import FORMULA_STARTS
from app.ingestion.reports.rejected_pages import LINE_POINTS, NARROWEST, WIDEST, Shown

SHORT = "Only the first {most} are listed; the CSV has all rows."
RATIO = "_ratio"
"""Columns whose names end so are shown as percentages."""
EXACT = 10**15
"""Excel keeps fifteen digits of a number: a longer one is written as text."""
FIRST_YEAR = 1900
"""The first year of Excel's calendar: an earlier day is written as text, and so is a moment with zone."""
LONGEST = 32_767
"""Characters that a cell can have."""
LONGEST_NAME = 31
"""Characters that the name of a page can have; a longer one is cut, as of an order with a number of 19 digits."""
LOOKED_AT = 1_000
"""Rows whose cells set the widths of the columns."""


def write_table(
    path: Path,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Shown]],
    about: Mapping[str, Shown],
    most: int,
) -> None:
    """Write the workbook: a page `name` with the first `most` rows, and a page `Export` with what they are about."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        cells = _Cells(book)
        listed = rows[:most]
        page = _page(book, name[:LONGEST_NAME], [_width(column, listed, at) for at, column in enumerate(columns)])
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        page.autofilter(0, 0, len(listed), max(len(columns) - 1, 0))
        page.set_row(0, LINE_POINTS)
        for at, column in enumerate(columns):
            page.write_string(0, at, column, cells.header)
        shares = [column.endswith(RATIO) for column in columns]
        for number, row in enumerate(listed, start=1):
            for at, cell in enumerate(row):
                cells.write(page, number, at, cell, is_share=shares[at])
        if len(rows) > most:
            page.write_string(len(listed) + 1, 0, SHORT.format(most=most))
        export = _page(book, "Export", (24, WIDEST))
        for number, (label, value) in enumerate(about.items()):
            export.write_string(number, 0, label, cells.bold)
            cells.write(export, number, 1, value)


class _Cells:
    """Writes cells by their type; no text becomes a formula or a link."""

    def __init__(self, book: Any) -> None:
        self.bold = book.add_format({"bold": True})
        self.header = book.add_format({"bold": True, "bg_color": "#D9E1EC", "text_wrap": True, "valign": "top"})
        self._quoted = book.add_format({"quote_prefix": True})
        self._share = book.add_format({"num_format": "0.00%"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})

    def write(self, page: Any, row: int, column: int, cell: Shown, *, is_share: bool = False) -> None:
        """Write one cell; null leaves it empty."""
        if cell is None:
            return
        if isinstance(cell, bool):
            page.write_boolean(row, column, cell)
        elif isinstance(cell, dt.date) and (cell.year < FIRST_YEAR or getattr(cell, "tzinfo", None)):
            page.write_string(row, column, cell.isoformat())
        elif isinstance(cell, dt.datetime):
            page.write_datetime(row, column, cell, self._moment)
        elif isinstance(cell, dt.date):
            page.write_datetime(row, column, cell, self._day)
        elif isinstance(cell, int | float) and abs(cell) < EXACT:
            page.write_number(row, column, cell, self._share if is_share else None)
        else:
            text = str(cell)[:LONGEST]
            page.write_string(row, column, text, self._quoted if text.startswith(FORMULA_STARTS) else None)


def _page(book: Any, name: str, widths: Sequence[int]) -> Any:
    page = book.add_worksheet(name)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    for at, width in enumerate(widths):
        page.set_column(at, at, max(NARROWEST, min(width, WIDEST)))
    return page


def _width(column: str, rows: Sequence[Sequence[Shown]], at: int) -> int:
    cells = (row[at] for row in rows[:LOOKED_AT])
    return 2 + max(len(column), *(16 if isinstance(cell, dt.datetime) else len(str(cell)) for cell in cells), 0)

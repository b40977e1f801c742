"""One table as a workbook: the rows, and a page that says of which export they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook

from app.ingestion.reports.rejected_pages import Page, Share, Shown

MOST_LISTED = 20_000
"""Most rows listed: about 2,000 are written a second."""
SHORT = f"Only the first {MOST_LISTED} are listed; the CSV has all rows."
RATIO = "_ratio"
"""Columns whose names end so are shown as percentages."""


def write_table(
    path: Path, name: str, columns: Sequence[str], rows: Sequence[Sequence[Shown]], about: Mapping[str, Shown]
) -> None:
    """Write the workbook: a page `name` with the table, and a page `Export` with what it is about."""
    book = Workbook(write_only=True)
    listed = rows[:MOST_LISTED]
    page = Page(book, name, [_width(column, [row[at] for row in listed]) for at, column in enumerate(columns)])
    page.table(*columns, rows=len(listed))
    for row in listed:
        page.row(*(_share(column, cell) for column, cell in zip(columns, row, strict=True)))
    if len(rows) > MOST_LISTED:
        page.row(SHORT)
    export = Page(book, "Export", (24, 40))
    for label, value in about.items():
        export.row(label, value, bold=1)
    book.save(path)


def _width(column: str, cells: Sequence[Shown]) -> int:
    return 2 + max(len(column), *(16 if isinstance(cell, dt.datetime) else len(str(cell)) for cell in cells), 0)


def _share(column: str, cell: Shown) -> Shown:
    return Share(cell) if column.endswith(RATIO) and isinstance(cell, int | float) else cell

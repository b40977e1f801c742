"""rejected_rows.csv: every refused row of a run, safe to open in Excel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from app.contract import SHEETS
from app.database.schema.audit import rejected_rows
from app.ingestion.reports.csv_text import BYTE_ORDER_MARK, csv_lines

ROWS = rejected_rows.c
HEADERS = tuple(dict.fromkeys(column.header for sheet in SHEETS for column in sheet.columns if not column.personal))
PAGE_ROWS = 5_000
Place = tuple[str, int]
BEFORE_ALL: Place = ("", 0)


def csv_head() -> str:
    """The first line, after the byte order mark."""
    return BYTE_ORDER_MARK + csv_lines([("Sheet", "Excel row", "Code", "Reason", *HEADERS)])


def csv_page(connection: sa.Connection, run_id: int, after: Place) -> tuple[str, int, Place | None]:
    """The lines after a place, their number, and the place of the last one; None when no more follow."""
    place = sa.tuple_(ROWS.sheet, ROWS.excel_row)
    page = sa.select(ROWS.sheet, ROWS.excel_row, ROWS.code, ROWS.detail, ROWS.cells)
    page = page.where(ROWS.run_id == run_id, place > after).order_by(ROWS.sheet, ROWS.excel_row).limit(PAGE_ROWS)
    rows = connection.execute(page).all()
    text = csv_lines(
        (sheet, excel_row, code, detail, *(cells.get(header, "") for header in HEADERS))
        for sheet, excel_row, code, detail, cells in rows
    )
    return text, len(rows), (rows[-1].sheet, rows[-1].excel_row) if len(rows) == PAGE_ROWS else None


def count_rejected(connection: sa.Connection, run_id: int) -> int:
    """The number of rows that the run refused."""
    return connection.execute(sa.select(sa.func.count()).where(ROWS.run_id == run_id)).scalar_one()


def write_rejected_csv(connection: sa.Connection, path: Path, run_id: int) -> None:
    """Write all refused rows to a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_head())
        for text in _pages(connection, run_id):
            file.write(text)


def _pages(connection: sa.Connection, run_id: int) -> Iterator[str]:
    place: Place | None = BEFORE_ALL
    while place is not None:
        text, _, place = csv_page(connection, run_id, place)
        yield text

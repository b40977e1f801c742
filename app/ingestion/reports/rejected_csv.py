"""rejected_rows.csv: every refused row of a run, whatever their number, safe to open in Excel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from app.contract import SHEETS
from app.ingestion.reports.csv_text import BYTE_ORDER_MARK, csv_lines

HEADERS = tuple(dict.fromkeys(column.header for sheet in SHEETS for column in sheet.columns if not column.personal))
PAGE_ROWS = 5_000
Place = tuple[str, int]
BEFORE_ALL: Place = ("", 0)
PAGE = sa.text(
    "SELECT sheet, excel_row, code, detail, cells FROM audit.rejected_rows"
    " WHERE run_id = :run_id AND (sheet, excel_row) > (:sheet, :excel_row) ORDER BY sheet, excel_row LIMIT :most"
)
COUNT = sa.text("SELECT count(*) FROM audit.rejected_rows WHERE run_id = :run_id")


def csv_head() -> str:
    """Return the first line, behind the byte order mark."""
    return BYTE_ORDER_MARK + csv_lines([("Sheet", "Excel row", "Code", "Reason", *HEADERS)])


def csv_page(connection: sa.Connection, run_id: int, after: Place) -> tuple[str, int, Place | None]:
    """Return the lines behind a place, their number, and the place of the last; None when there is none behind it."""
    wanted = {"run_id": run_id, "sheet": after[0], "excel_row": after[1], "most": PAGE_ROWS}
    rows = connection.execute(PAGE, wanted).all()
    text = csv_lines(
        (sheet, excel_row, code, detail, *(cells.get(header, "") for header in HEADERS))
        for sheet, excel_row, code, detail, cells in rows
    )
    return text, len(rows), (rows[-1].sheet, rows[-1].excel_row) if len(rows) == PAGE_ROWS else None


def count_rejected(connection: sa.Connection, run_id: int) -> int:
    """Return how many rows the run refused."""
    found: int = connection.execute(COUNT, {"run_id": run_id}).scalar_one()
    return found


def write_rejected_csv(connection: sa.Connection, path: Path, run_id: int) -> None:
    """Write all of them to a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_head())
        for text in _pages(connection, run_id):
            file.write(text)


def _pages(connection: sa.Connection, run_id: int) -> Iterator[str]:
    place: Place | None = BEFORE_ALL
    while place is not None:
        text, _, place = csv_page(connection, run_id, place)
        yield text

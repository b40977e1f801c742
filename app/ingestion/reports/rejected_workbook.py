"""rejected_rows.xlsx: the refused rows for the data owner, safe to open in Excel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from app.contract import SHEETS, Sheet

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A text that starts like this is shown as text: never typed as a formula, and quoted for whoever edits the cell."""

SUMMARY = "Summary"
CHUNK_ROWS = 5_000
MOST_LISTED = 50_000
"""Rows of all sheets together: some 2,000 are written a second, while the plant's lock is held."""


def write_rejected_rows(
    connection: sa.Connection, path: Path, *, run_id: int, excel_sha256: str, most: int = MOST_LISTED
) -> int:
    """Write the run's rejects: a summary with run and counts, then one sheet for each sheet that has rejects.

    most: rows listed; the summary counts all. Returns how many were left out, which rejected_rows.csv has as well.
    """
    book = Workbook(write_only=True)
    summary = book.create_sheet(SUMMARY)
    _append(summary, ["run_id", str(run_id)])
    _append(summary, ["excel_sha256", excel_sha256])
    _append(summary, ["Sheet", "Code", "Rows"], bold=True)
    counts = connection.execute(
        sa.text(
            "SELECT sheet, code, count(*) FROM audit.rejected_rows WHERE run_id = :run_id"
            " GROUP BY sheet, code ORDER BY sheet, code"
        ),
        {"run_id": run_id},
    ).all()
    for sheet_name, code, count in counts:
        _append(summary, [sheet_name, code, count])
    total: int = sum(count for _, _, count in counts)
    left = most
    if total > most:
        _append(summary, [f"The first {most:,} of {total:,} rows are listed here; rejected_rows.csv has all of them."])
    refused = {sheet_name for sheet_name, _, _ in counts}
    for sheet in SHEETS:
        if sheet.name in refused and left > 0:
            left -= _write_sheet(connection, book.create_sheet(sheet.name), sheet, run_id, left)
    book.save(path)
    return max(0, total - most)


def _write_sheet(connection: sa.Connection, target: Any, sheet: Sheet, run_id: int, most: int) -> int:
    """Write at most so many rows of the sheet; return how many there were."""
    headers = [column.header for column in sheet.columns if not column.personal]
    target.freeze_panes = "A2"
    _append(target, ["Excel row", "Code", "Reason", *headers], bold=True)
    rows = connection.execute(
        sa.text(
            "SELECT excel_row, code, detail, cells FROM audit.rejected_rows"
            " WHERE run_id = :run_id AND sheet = :sheet ORDER BY excel_row LIMIT :most"
        ),
        {"run_id": run_id, "sheet": sheet.name, "most": most},
        execution_options={"stream_results": True, "max_row_buffer": CHUNK_ROWS},
    )
    written = 0
    for excel_row, code, detail, cells in rows:
        _append(target, [excel_row, code, detail, *(cells.get(header, "") for header in headers)])
        written += 1
    return written


def _append(target: Any, values: list[str | int], bold: bool = False) -> None:
    target.append([_cell(target, value, bold) for value in values])


def _cell(target: Any, value: str | int, bold: bool) -> Any:
    if isinstance(value, int):
        return WriteOnlyCell(target, value)
    cell = WriteOnlyCell(target, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value))
    cell.data_type = "s"
    if value.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell

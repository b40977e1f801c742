"""rejected_rows.xlsx: the refused rows for the data owner, safe to open in Excel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
PAGE_ROWS = 5_000
MOST_LISTED = 50_000
"""Rows of all sheets together: some 2,000 are written a second."""
COUNTS = sa.text(
    "SELECT sheet, code, count(*) FROM audit.rejected_rows WHERE run_id = :run_id"
    " GROUP BY sheet, code ORDER BY sheet, code"
)
PAGE = sa.text(
    "SELECT excel_row, code, detail, cells FROM audit.rejected_rows"
    " WHERE run_id = :run_id AND sheet = :sheet AND excel_row > :after ORDER BY excel_row LIMIT :most"
)
Read = Callable[[sa.TextClause, Mapping[str, object]], Sequence[Any]]
"""Reads the rows of a statement. Between two of them nothing is held but what the caller holds."""


class RejectsGone(Exception):
    """The refused rows of a run were removed while they were read."""


def write_rejected_rows(read: Read, path: Path, *, run_id: int, excel_sha256: str, most: int = MOST_LISTED) -> int:
    """Write the run's rejects: a summary with run and counts, then one sheet for each sheet that has rejects.

    most: rows listed; the summary counts all. Returns how many were left out, which rejected_rows.csv has as well.
    Raises RejectsGone.
    """
    book = Workbook(write_only=True)
    try:
        left_out = _fill(read, book, run_id, excel_sha256, most)
        book.save(path)
    except BaseException:
        for page in book.worksheets:
            page.close()
        raise
    return left_out


def _fill(read: Read, book: Workbook, run_id: int, excel_sha256: str, most: int) -> int:
    summary = book.create_sheet(SUMMARY)
    _append(summary, ["run_id", str(run_id)])
    _append(summary, ["excel_sha256", excel_sha256])
    _append(summary, ["Sheet", "Code", "Rows"], bold=True)
    counts = read(COUNTS, {"run_id": run_id})
    for sheet_name, code, count in counts:
        _append(summary, [sheet_name, code, count])
    total: int = sum(count for _, _, count in counts)
    left = most
    if total > most:
        _append(summary, [f"The first {most:,} of {total:,} rows are listed here; rejected_rows.csv has all of them."])
    refused = {sheet_name for sheet_name, _, _ in counts}
    for sheet in SHEETS:
        if sheet.name in refused and left > 0:
            left -= _write_sheet(read, book.create_sheet(sheet.name), sheet, run_id, left)
    if most - left != min(most, total):
        raise RejectsGone(f"Run {run_id} had {total} refused rows, and fewer when they were read.")
    return max(0, total - most)


def _write_sheet(read: Read, target: Any, sheet: Sheet, run_id: int, most: int) -> int:
    """Write at most so many rows of the sheet; return how many there were."""
    headers = [column.header for column in sheet.columns if not column.personal]
    target.freeze_panes = "A2"
    _append(target, ["Excel row", "Code", "Reason", *headers], bold=True)
    written, after = 0, 0
    while written < most:
        wanted = min(PAGE_ROWS, most - written)
        page = read(PAGE, {"run_id": run_id, "sheet": sheet.name, "after": after, "most": wanted})
        for excel_row, code, detail, cells in page:
            _append(target, [excel_row, code, detail, *(cells.get(header, "") for header in headers)])
        written += len(page)
        if len(page) < wanted:
            break
        after = page[-1].excel_row
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

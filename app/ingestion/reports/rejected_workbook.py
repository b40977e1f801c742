"""rejected_rows.xlsx: the refused rows for the data owner, safe to open in Excel."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from openpyxl import Workbook

from app.contract import SHEETS, Column, Kind, Sheet
from app.ingestion.reports import rejected_words as words
from app.ingestion.reports.rejected_corrections import MOST as MOST_CORRECTED
from app.ingestion.reports.rejected_corrections import OF_RUN, OF_SHEET, ROWS, Read, corrections
from app.ingestion.reports.rejected_pages import Page, Shown
from app.ingestion.reports.rejected_summary import WIDTHS, write_summary
from app.ingestion.runs.run_record import REJECTS_BY_CODE

PAGE_ROWS = 5_000
MOST_LISTED = 50_000
"""Most rows listed, over all sheets: about 2,000 are written a second."""
PAGE = (
    sa.select(ROWS.excel_row, ROWS.code, ROWS.detail, ROWS.cells)
    .where(OF_RUN, OF_SHEET, ROWS.excel_row > sa.bindparam("after"))
    .order_by(ROWS.excel_row)
    .limit(sa.bindparam("most"))
)


class RejectsGone(Exception):
    """The refused rows of a run were removed while they were read."""


def write_rejected_rows(read: Read, path: Path, *, run_id: int, excel_sha256: str, most: int = MOST_LISTED) -> int:
    """Write the run's rejects: a summary, the rows to correct, then one page for each sheet that has rejects.

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
    counts = {(sheet, code): count for sheet, code, count in read(REJECTS_BY_CODE, {"run_id": run_id})}
    total: int = sum(counts.values())
    summary = Page(book, words.SUMMARY, WIDTHS)
    write_summary(summary, read, run_id, excel_sha256, counts)
    if total > most:
        summary.row(words.SHORT.format(most=most, total=total))
    _write_corrections(read, book, run_id, sum(rows for (_, code), rows in counts.items() if code not in words.KINDS))
    left = most
    refused = {sheet for sheet, _ in counts}
    for sheet in SHEETS:
        if sheet.name in refused and left > 0:
            rows = sum(count for (name, _), count in counts.items() if name == sheet.name)
            left -= _write_sheet(read, book, sheet, run_id, min(left, rows))
    if most - left != min(most, total):
        raise RejectsGone(f"Run {run_id} had {total} refused rows, and fewer when they were read.")
    return max(0, total - most)


def _write_corrections(read: Read, book: Workbook, run_id: int, to_correct: int) -> None:
    found = corrections(read, run_id)
    page = Page(book, words.CORRECT, (30, 10, 24, 24, 50, 50, 44))
    headers = ("Folha", "Linha do Excel", "Coluna", "Valor", "Motivo", "Como corrigir", "Consequências")
    page.table(*headers, rows=len(found))
    for one in found:
        page.row(
            one.sheet, one.excel_row, one.columns, one.values, one.reason, one.remedy, one.consequences, wrapped=True
        )
    if to_correct > MOST_CORRECTED:
        page.row(words.MORE.format(left=to_correct - MOST_CORRECTED))


def _write_sheet(read: Read, book: Workbook, sheet: Sheet, run_id: int, most: int) -> int:
    """Write at most `most` rows of the sheet. Returns their number."""
    shown = [column for column in sheet.columns if not column.personal]
    widths = [max(len(column.header) + 3, 20 if column.kind is Kind.DATETIME else 0) for column in shown]
    page = Page(book, sheet.name, (10, 18, 60, 14, *widths))
    page.table("Linha do Excel", "Código", "Motivo", "Tipo", *(column.header for column in shown), rows=most)
    written, after = 0, 0
    while written < most:
        wanted = min(PAGE_ROWS, most - written)
        rows = read(PAGE, {"run_id": run_id, "sheet": sheet.name, "after": after, "most": wanted})
        for excel_row, code, detail, cells in rows:
            faulty = {header for header, _ in words.faults_in(detail, sheet)}
            page.row(
                excel_row,
                code,
                words.reason(detail, sheet),
                words.KINDS.get(code, words.CORRECT),
                *(exported(column, cells, faulty) for column in shown),
                marked=frozenset(place for place, column in enumerate(shown, start=4) if column.header in faulty),
            )
        written += len(rows)
        if len(rows) < wanted:
            break
        after = int(rows[-1].excel_row)
    return written


def exported(column: Column, cells: Mapping[str, str], faulty: set[str]) -> Shown:
    """The cell in its column's type; the kept text where it is faulty or not of that type, such as NULL."""
    text = cells.get(column.header, "")
    if column.header in faulty:
        return words.cell(text)
    try:
        if column.kind in (Kind.INT, Kind.FLAG):
            return int(text) if str(int(text)) == text else text
        if column.kind is Kind.NUMBER:
            return float(text) if math.isfinite(float(text)) else text
        if column.kind in (Kind.DATETIME, Kind.DATE):
            return dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return text

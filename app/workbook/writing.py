"""Writing workbooks as the ERP exports them: headers in row 1, the text NULL for a null, date cells for dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from app.contract import NULL_TEXT, SHEETS

CREATED = dt.datetime(2025, 12, 17)
"""The creation time in the document's properties: constant, so that the same rows give the same file."""

Rows = Iterable[Sequence[Any]]
Progress = Callable[[str, int, int | None], None]
PROGRESS_ROWS = 10_000


def write_workbook(
    path: Path,
    rows: Mapping[str, Rows],
    *,
    headers: Mapping[str, Sequence[str]] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write every sheet of the contract; a sheet without rows has its header only.

    rows: by sheet, values in the contract's column order (or in that of `headers` where it names the sheet). None is
    written as NULL, and so is each cell that a row lacks at its end; "" leaves the cell empty, bool is 1/0. Numbers
    keep sixteen significant digits, the writer's limit.
    headers: other headers for a sheet, for workbooks that break the contract. Sheets beyond the contract's are added.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    book.set_properties({"created": CREATED})
    as_date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    named = {sheet.name: [column.header for column in sheet.columns] for sheet in SHEETS} | dict(headers or {})
    for name, header in named.items():
        target = book.add_worksheet(name)
        for place, text in enumerate(header):
            target.write_string(0, place, text)
        for number, row in enumerate(rows.get(name, ()), start=1):
            _write_row(target, number, row, as_date)
            for place in range(len(row), len(header)):
                target.write_string(number, place, NULL_TEXT)
            if progress is not None and number % PROGRESS_ROWS == 0:
                progress(name, number, None)
    try:
        book.close()
    except (
        xlsxwriter.exceptions.FileCreateError
    ) as error:  # the writer's own kind, which hides the error of the file system
        raise error.args[0] from None


def _write_row(target: Any, number: int, row: Sequence[Any], as_date: Any) -> None:
    for place, value in enumerate(row):
        kind = value.__class__
        if kind is int or kind is float:
            target.write_number(number, place, value)
        elif kind is str:
            if value:
                target.write_string(number, place, value)
        elif value is None:
            target.write_string(number, place, NULL_TEXT)
        elif kind is bool:
            target.write_number(number, place, int(value))
        else:
            target.write_datetime(number, place, value, as_date)

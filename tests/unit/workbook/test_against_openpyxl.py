"""Two witnesses: every cell of a sample as this reader and as openpyxl give it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

from app.contract import SHEETS, Kind, Sheet
from app.workbook.sample import write_sample
from app.workbook.typing import typed_chunks
from app.workbook.workbook_reading import open_workbook


def of_openpyxl(book: Any, sheet: Sheet) -> Iterator[tuple[int, list[Any]]]:
    rows = book[sheet.name].iter_rows(values_only=True)
    headers = list(next(rows))
    places = [headers.index(column.header) for column in sheet.columns]
    for number, row in enumerate(rows, 2):
        values = [None if row[place] == "NULL" else row[place] for place in places]
        for index, column in enumerate(sheet.columns):
            if values[index] is not None:
                values[index] = plain(column.kind, values[index])
        yield number, values


def plain(kind: Kind, value: Any) -> Any:
    if kind is Kind.FLAG:
        return {0: False, 1: True}[value]
    if kind is Kind.DATE:
        return value.date()
    return float(value) if kind is Kind.NUMBER else value


def test_every_cell_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "sample.xlsx"
    write_sample(path, 0.004, seed=1)
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        with open_workbook(path) as workbook:
            for sheet in SHEETS:
                expected = of_openpyxl(book, sheet)
                for chunk in typed_chunks(workbook, sheet):
                    ours = zip(chunk.excel_rows, map(list, zip(*chunk.columns, strict=True)), strict=True)
                    for row in ours:
                        other = next(expected)
                        assert row == other
                        assert list(map(type, row[1])) == list(map(type, other[1]))
                assert next(expected, None) is None
    finally:
        book.close()

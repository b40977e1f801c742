"""The independent reader reads what was written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl

from app.contract import SHEET_BY_NAME, SHEETS
from app.workbook.opc.digest import sha256_of
from app.workbook.writing import write_workbook

ROWS = {
    "OrdensFabrico": [[1, dt.datetime(2020, 1, 2, 3, 4), None, 2, 3, ""]],
    "Modelos": [[7, "  Pá  ", 0.1, 12.30000019073486, 0, True]],
}


def test_values_come_back_and_every_sheet_has_its_headers(tmp_path: Path) -> None:
    path = tmp_path / "new" / "book.xlsx"
    write_workbook(path, ROWS)
    book = openpyxl.load_workbook(path)
    found = {name: [list(row) for row in book[name].iter_rows(values_only=True)] for name in book.sheetnames}
    assert {name: rows[0] for name, rows in found.items()} == {
        sheet.name: [column.header for column in sheet.columns] for sheet in SHEETS
    }
    assert found["OrdensFabrico"][1][:6] == [1, dt.datetime(2020, 1, 2, 3, 4), "NULL", 2, 3, None]
    assert found["Modelos"][1][:6] == [7, "  Pá  ", 0.1, 12.30000019073486, 0, 1]


def test_short_row_ends_in_nulls(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_workbook(path, {"Fases": [[1, "Corte"], []]})
    rows = openpyxl.load_workbook(path)["Fases"].iter_rows(min_row=2, values_only=True)
    columns = len(SHEET_BY_NAME["Fases"].columns)
    assert [*rows] == [(1, "Corte", *["NULL"] * (columns - 2)), ("NULL",) * columns]


def test_same_rows_give_the_same_file(tmp_path: Path) -> None:
    paths = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    for path in paths:
        write_workbook(path, ROWS)
    assert sha256_of(paths[0]) == sha256_of(paths[1])

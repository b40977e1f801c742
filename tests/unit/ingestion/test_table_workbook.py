"""A table's workbook: every kind of cell, nothing that Excel would compute, and a bound on its rows."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from app.ingestion.reports.table_workbook import write_table

ABOUT: dict[str, Any] = {"run_id": 7, "workbook_name": "=cmd()", "as_of": dt.datetime(2024, 3, 6, 12)}


def written(path: Path, columns: list[str], *rows: list[Any], most: int = 100) -> tuple[list[Any], dict[Any, Any]]:
    write_table(path, "table", columns, rows, ABOUT, most)
    table, export = openpyxl.load_workbook(path).worksheets
    about: list[Any] = list(export.iter_rows(values_only=True))
    return list(table.iter_rows(values_only=True)), dict(about)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        (3, 3),
        (2.5, 2.5),
        (True, True),
        (None, None),
        ("Canoa  Á", "Canoa  Á"),
        (dt.date(2024, 2, 29), dt.datetime(2024, 2, 29)),
        (dt.datetime(2024, 2, 29, 23, 59, 59), dt.datetime(2024, 2, 29, 23, 59, 59)),
        (dt.datetime(1066, 10, 14), "1066-10-14T00:00:00"),
        (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "2024-01-01T00:00:00+00:00"),
        (dt.datetime(9999, 12, 31), dt.datetime(9999, 12, 31)),
        (2**63 - 1, str(2**63 - 1)),
        (-(2**63), str(-(2**63))),
        ("http://example.org/", "http://example.org/"),
        ("x" * 40_000, "x" * 32_767),
        ("a\x00b\x0bc", "a_x0000_b_x000B_c"),
    ],
)
def test_cell_is_read_as_it_was_given(tmp_path: Path, cell: Any, read: Any) -> None:
    (_, (found, _)), _ = written(tmp_path / "a.xlsx", ["one", "two"], [cell, "end"])
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_no_text_becomes_a_formula_or_a_link(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xlsx"
    (head, row), about = written(path, ["=name"], [text])
    assert (head, about["workbook_name"]) == (("=name",), "=cmd()")
    assert unescape(row[0]) == text
    with zipfile.ZipFile(path) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if re.search("sheet.*xml", name)]
    assert not [one for one in sheets if re.search("<f[ >]|<hyperlink", one)]
    cell = openpyxl.load_workbook(path).worksheets[0]["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_ratios_are_shown_as_percentages_and_rows_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows, _ = written(path, ["on_time_ratio", "n"], *[[0.5, number] for number in range(5)], most=3)
    assert [row[0] for row in rows[1:]] == [0.5] * 3 + ["Only the first 3 are listed; the CSV has all rows."]
    table = openpyxl.load_workbook(path).worksheets[0]
    assert (table["A2"].number_format, table["B2"].number_format) == ("0.00%", "General")
    assert (table.freeze_panes, table.auto_filter.ref) == ("A2", "A1:B4")


def test_page_of_a_long_name_has_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_table(path, "order_9223372036854775807_errors", ["one"], [], ABOUT, 1)
    assert openpyxl.load_workbook(path).sheetnames == ["order_9223372036854775807_error", "Export"]


def test_table_without_rows_is_a_workbook_too(tmp_path: Path) -> None:
    rows, about = written(tmp_path / "a.xlsx", ["one"])
    assert (rows, about["run_id"]) == ([("one",)], 7)

"""Rows that reach from one piece of a sheet into the next, and the count of the XML beside what was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.workbook.errors import WorkbookRefused
from app.workbook.scanning import sheet_stream
from app.workbook.workbook_reading import open_workbook
from tests.unit.workbook.raw_package import HEADER, write_package

MANY = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c><c r="B{n}"><v>{n}</v></c></row>' for n in range(20, 60))


def row(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


def sentence(path: Path, rows: str) -> str:
    """Return the message with which the rows after the header are refused; "" when they are read."""
    book = write_package(path / "book.xlsx", HEADER + rows)
    try:
        with open_workbook(book) as workbook:
            list(workbook.rows("S"))
    except WorkbookRefused as refused:
        assert refused.code == "DAMAGED"
        return str(refused)
    return ""


@pytest.mark.parametrize("end", ["<!-- ", "<![CDATA[", "</sheetData><sheetData>", "&lt;", "x"])
def test_what_stands_between_pieces_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """An element that is never closed, or begins again, opens after forty rows of the usual shape."""
    monkeypatch.setattr(sheet_stream, "PIECE_BYTES", 500)
    assert sentence(tmp_path, MANY + end + row(70, '<c r="A70"><v>1</v></c>'))


def test_the_count_in_the_xml_is_compared_with_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that loses a cell, or a row, is noticed."""
    rows = "<!-- by the book -->" + MANY
    end_cell, end_row = sheet_stream.SheetParser._end_cell, sheet_stream.SheetParser._end_row

    def losing_cell(parser: Any) -> None:
        end_cell(parser)
        if (parser.last_row, parser._column) == (30, 2):
            parser._row.pop(2)

    def losing_row(parser: Any) -> None:
        end_row(parser)
        if parser.last_row == 30:
            parser.rows.pop()

    monkeypatch.setattr(sheet_stream.SheetParser, "_end_cell", losing_cell)
    assert "column B: it holds more values than can be read" in sentence(tmp_path, rows)
    monkeypatch.setattr(sheet_stream.SheetParser, "_end_cell", end_cell)
    monkeypatch.setattr(sheet_stream.SheetParser, "_end_row", losing_row)
    assert "it holds more rows than can be read" in sentence(tmp_path, rows)

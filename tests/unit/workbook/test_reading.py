"""Reading a workbook's cells, shape by shape; no row is lost or moved."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from app.workbook.errors import WorkbookRefused
from app.workbook.oddities import ErrorCell, UncachedFormula
from app.workbook.workbook_reading import open_workbook
from tests.unit.workbook.raw_package import HEADER, MAIN, PARTS, SHEET_PART, STRICT, XML, text, write_package

DATE_1904 = PARTS["xl/workbook.xml"].replace("<workbookPr/>", '<workbookPr date1904="1"/>')


def read(path: Path) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    with open_workbook(path) as workbook:
        sheet = workbook.sheet("S")
        return sheet.headers, list(sheet.rows)


def cells_of(path: Path, cells: str, **parts: str) -> list[Any]:
    """The cells of Excel row 2."""
    rows = read(write_package(path, f'{HEADER}<row r="2">{cells}</row>', {**parts}))[1]
    assert [number for number, _ in rows] == [2]
    return rows[0][1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A2"><v>12</v></c>', 12.0),
        ('<c r="A2"><v>0.30000000000000004</v></c>', 0.1 + 0.2),
        ('<c r="A2"><v>12.300000190734863</v></c>', 12.300000190734863),
        ('<c r="A2" t="b"><v>1</v></c>', True),
        ('<c r="A2" t="e"><v>#N/A</v></c>', ErrorCell("#N/A")),
        ("<c r='A2' t='e'><v>#DIV/0!</v></c>", ErrorCell("#DIV/0!")),
        ('<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', ErrorCell("#DIV/0!")),
        ('<c r="A2" s="1"><v>45000.25</v></c>', dt.datetime(2023, 3, 15, 6)),
        ('<c r="A2" s="1"><v>45000.123456789</v></c>', dt.datetime(2023, 3, 15, 2, 57, 46, 667000)),
        ('<c r="A2" s="2"><v>45000</v></c>', dt.date(2023, 3, 15)),
        ('<c r="A2" s="3"><v>1.5</v></c>', dt.timedelta(days=1.5)),
        ('<c r="A2" t="d"><v>2020-01-02T03:04:05</v></c>', dt.datetime(2020, 1, 2, 3, 4, 5)),
        ('<c r="A2"><f>1+1</f><v>2</v></c>', 2.0),
        ('<c r="A2" t="str"><f>T(1)</f><v>abc</v></c>', "abc"),
        ('<c r="A2"><f>1+1</f></c>', UncachedFormula("1+1")),
        ('<c r="A2"><f>1+1</f><v></v></c>', UncachedFormula("1+1")),
        ('<c r="A2" t="str"><f>T(1)</f></c>', UncachedFormula("T(1)")),
        ('<c r="A2"><f t="shared" si="0"/></c>', UncachedFormula("")),
        (text("A2", "  two  blanks \u00e3 "), "  two  blanks \u00e3 "),
        (text("A2", "NULL"), "NULL"),
        (text("A2", 't="e" &lt;f> &lt;c '), 't="e" <f> <c '),
    ],
)
def test_cell_keeps_its_value(path: Path, cell: str, value: Any) -> None:
    found = cells_of(path, cell + '<c r="B2"><v>7</v></c>')
    assert found == [value, 7.0]
    assert type(found[0]) is type(value)


def test_shared_and_rich_texts_are_untouched(path: Path) -> None:
    shared = (
        f'{XML}<sst xmlns="{MAIN}"><si><t xml:space="preserve"> x  y </t></si>'
        '<si><r><t>ri</t></r><r><t xml:space="preserve">ch  </t></r><rPh sb="0" eb="1"><t>no</t></rPh></si></sst>'
    )
    cells = '<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c>'
    assert cells_of(path, cells, **{"xl/sharedStrings.xml": shared}) == [" x  y ", "rich  "]


def test_dates_of_the_1904_system_are_the_same_days(path: Path) -> None:
    cells = '<c r="A2" s="1"><v>43538.25</v></c><c r="B2" s="2"><v>43538</v></c>'
    found = cells_of(path, cells, **{"xl/workbook.xml": DATE_1904})
    assert found == [dt.datetime(2023, 3, 15, 6), dt.date(2023, 3, 15)]


ONE = '<c r="A{0}"><v>{0}</v></c>'


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param('<row r="5">' + ONE.format(5) + "</row>", [(5, [5.0])], id="blank rows between"),
        pytest.param(
            f'<row r="2">{ONE.format(2)}</row><row r="3" s="1"/><row r="9"><c r="A9" s="1"/></row>',
            [(2, [2.0])],
            id="blank rows at the end",
        ),
        pytest.param(
            '<row r="4"><c r="D4"><v>1</v></c></row>', [(4, ["", "", "", 1.0])], id="a cell beyond the dimension"
        ),
        pytest.param(
            '<row r="4"><c r="B4" t="e"><v>#REF!</v></c></row>',
            [(4, ["", ErrorCell("#REF!")])],
            id="a row of one error",
        ),
        pytest.param(
            f'<row r="2">{ONE.format(2)}</row><row r="6"><c r="C6"><f>1</f></c></row>',
            [(2, [2.0]), (6, ["", "", UncachedFormula("1")])],
            id="a last row of one formula without value",
        ),
        pytest.param('<row><c><v>8</v></c><c t="e"><v>#N/A</v></c></row>', [(2, [8.0, ErrorCell("#N/A")])], id="no r"),
    ],
)
def test_rows_keep_their_excel_numbers(path: Path, rows: str, expected: list[Any]) -> None:
    headers, found = read(write_package(path, HEADER + rows))
    assert headers[:2] == ["a", "b"]
    assert found == expected


def test_first_columns_may_be_empty(path: Path) -> None:
    rows = f'<row r="1">{text("C1", "a")}</row><row r="4"><c r="C4"><v>1</v></c><c r="D4" t="e"><v>#N/A</v></c></row>'
    assert read(write_package(path, rows)) == (["", "", "a"], [(4, ["", "", 1.0, ErrorCell("#N/A")])])


def test_headers_are_those_of_row_1_only(path: Path) -> None:
    rows = f'<row r="3">{text("A3", "a")}</row><row r="4">{ONE.format(4)}</row>'
    assert read(write_package(path, rows)) == ([], [(3, ["a"]), (4, [4.0])])


def test_row_that_stands_twice_is_refused_for_one_would_be_lost(path: Path) -> None:
    rows = f'<row r="3">{ONE.format(3)}</row><row r="3"><c r="B3"><v>4</v></c></row><row r="4"/>'
    write_package(path, HEADER + rows)
    with open_workbook(path) as workbook, pytest.raises(WorkbookRefused) as refused:
        list(workbook.rows("S"))
    assert refused.value.code == "DAMAGED"


@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param(
            f'{XML}<x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
            '<x:row r="1"><x:c r="A1" t="str"><x:v>a</x:v></x:c></x:row>'
            '<x:row r="2"><x:c r="A2" t="e"><x:v>#N/A</x:v></x:c></x:row></x:sheetData></x:worksheet>',
            id="prefixed",
        ),
        pytest.param(
            f'{XML}<worksheet xmlns="{STRICT}"><sheetData><row r="1">{text("A1", "a")}</row>'
            '<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row></sheetData></worksheet>',
            id="strict",
        ),
        pytest.param(
            f'{XML}<worksheet xmlns="{MAIN}"><sheetData><!-- <c r="Z9" t="e"/> --><row r="1">{text("A1", "a")}</row>'
            '<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row></sheetData></worksheet>',
            id="comment",
        ),
    ],
)
def test_error_cell_is_found_in_unusual_xml(path: Path, sheet: str) -> None:
    assert read(write_package(path, None, {SHEET_PART: sheet})) == (["a"], [(2, [ErrorCell("#N/A")])])


def test_more_cell_formats_than_any_workbook_has_are_refused(tmp_path: Path) -> None:
    styles = PARTS["xl/styles.xml"].replace("</cellXfs>", '<xf numFmtId="0"/>' * 200_001 + "</cellXfs>")
    path = write_package(tmp_path / "formats.xlsx", parts={"xl/styles.xml": styles})
    with pytest.raises(WorkbookRefused, match="200,000 cell formats") as refused, open_workbook(path):
        pass
    assert refused.value.code == "TOO_DEMANDING"

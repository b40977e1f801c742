"""Sheets that say one thing twice, or nothing clearly: each is read exactly or refused with its place; none loses a
cell without a word. A case is a recipe over a tiny sheet: what stands in it after the header, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.workbook import sheet_stream
from app.workbook.contract import Column, Kind, Sheet
from app.workbook.errors import WorkbookRefused
from app.workbook.oddities import ErrorCell
from app.workbook.reading import open_workbook
from app.workbook.typing import typed_chunks
from tests.unit.workbook.raw_package import HEADER, MAIN, SHEET_PART, XML, worksheet, write_package

S = Sheet("S", "s", (Column("a", "a", Kind.TEXT, True), Column("b", "b", Kind.NUMBER, True)), ("a",))
SHARED = f'{XML}<sst xmlns="{MAIN}" uniqueCount="4294967295"><si><t>zero</t></si><si><r><t>o</t></r><r><t>ne</t></r>'
SHARED += "<rPh><t>no</t></rPh></si><si><t> two </t></si></sst>"
RUNS, OTHER = "<r><t>x</t></r><r><t> y</t></r>", "AlternateContent"
FAR_TEXT = '<c r="A3"><v>5</v></c><c r="XFD3" t="s"><v>0</v></c>'
GOOD = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>2</v></c></row>'
MANY = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>1</v></c><c r="B{n}"><v>{n}</v></c></row>' for n in range(20, 60))


@dataclass(frozen=True)
class Case:
    """rows: XML after the header. refused: parts of the sentence. read: {row: cells} when it is read."""

    name: str
    rows: str
    refused: tuple[str, ...] = ()
    read: Any = None
    whole: bool = False


def row(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


def a3(inner: str, attributes: str = "") -> str:
    return row(3, f'<c r="A3"{attributes}>{inner}</c>')


CASES = [
    Case("another row's cells", row(3, '<c r="A7" t="s"><v>0</v></c>'), ("row 3", "A7")),
    Case("a wrapped row", row(2**32 + 3, ""), ("4294967299",)),
    Case("row 0", '<row r="0"/>', ("no such row",)),
    Case("a negative row", '<row r="-4"/>', ("no such row",)),
    Case("a row beyond the last", row(1_048_577, ""), ("1048577",)),
    Case("a row twice", row(3, "") + row(3, '<c r="A3"><v>1</v></c>'), ("row 3", "twice")),
    Case("a falling row", row(9, "") + row(4, ""), ("row 4", "after row 9")),
    Case("a row without number", "<row><c><v>8</v></c></row>", read={3: [8.0]}),
    Case("a cell twice", row(3, '<c r="A3"><v>1</v></c><c r="A3"><v>2</v></c>'), ("cell A3", "twice")),
    Case("cells out of order", row(3, '<c r="B3"><v>1</v></c><c r="A3"><v>2</v></c>'), ("cell A3",)),
    Case("a lower case reference", row(3, '<c r="a3"><v>1</v></c>'), ("row 3", "'a3'")),
    Case("an absolute reference", row(3, '<c r="$A$3"><v>1</v></c>'), ("$A$3",)),
    Case("an empty reference", row(3, '<c r=""><v>1</v></c>'), ("row 3",)),
    Case("an index of letters", a3("<v>x</v>", ' t="s"'), ("cell A3", "shared text 'x'")),
    Case("an index beyond the last", a3("<v>3</v>", ' t="s"'), ("cell A3", "'3'")),
    Case("a negative index", a3("<v>-1</v>", ' t="s"'), ("cell A3",)),
    Case("an index with a fraction", a3("<v>1.0</v>", ' t="s"'), ("cell A3",)),
    Case("CDATA", a3("<v><![CDATA[7]]></v>"), read={3: [7.0]}),
    Case("half CDATA", a3("<v>1<![CDATA[7]]></v>"), read={3: [17.0]}),
    Case("a comment within", a3("<v>1<!-- 2 -->3</v>"), ("cell A3", "comment")),
    Case("an instruction within", a3("<v>1<?x 2?>3</v>"), ("cell A3",)),
    Case("a comment beside", a3("<!-- 2 --><v>3</v>"), read={3: [3.0]}),
    Case("two values", a3("<v>1</v><v>2</v>"), ("cell A3", "twice")),
    Case("value and text", a3("<v>1</v><is><t>2</t></is>"), ("cell A3",)),
    Case("a text in a number", a3("<is><t>2</t></is>"), ("cell A3",)),
    Case("a value in an inline text", a3("<v>2</v>", ' t="inlineStr"'), ("cell A3",)),
    Case("another namespace", a3('<v xmlns="http://x">1</v>'), ("cell A3",)),
    Case("another prefix", a3(f'<y:v xmlns:y="{MAIN}">1</y:v>'), read={3: [1.0]}),
    Case("a wrong element", a3("<w>1</w>"), ("cell A3", "<w>")),
    Case("an endless text", a3("<v>" + "x" * 200_000 + "</v>", ' t="str"'), ("cell A3", "longer")),
    Case("bare text", a3("1"), ("cell A3",)),
    Case("a bare text in a row", row(3, "1"), ("row 3",)),
    Case("no number", a3("<v>1,5</v>"), ("cell A3", "'1,5'")),
    Case("NaN", a3("<v>NaN</v>"), ("cell A3", "NaN")),
    Case("an underscore", a3("<v>1_0</v>"), ("cell A3",)),
    Case("an unknown type", a3("<v>1</v>", ' t="z"'), ("cell A3", "'z'")),
    Case("no truth", a3("<v>2</v>", ' t="b"'), ("cell A3",)),
    Case("no such format", a3("<v>2</v>", ' s="77"'), ("cell A3", "77")),
    Case("rich text", a3("<v>1</v>", ' t="s"'), read={3: ["one"]}),
    Case("blanks", a3("<v>2</v>", ' t="s"'), read={3: [" two "]}),
    Case("inline runs", a3(f"<is>{RUNS}<rPh><t>no</t></rPh></is>", ' t="inlineStr"'), read={3: ["x y"]}),
    Case("entities", a3("<v>&#49;&#x32;</v>"), read={3: [12.0]}),
    Case("escapes", a3("<v>_x0041__x000d_&amp;_x005F_x0041_</v>", ' t="str"'), read={3: ["A\r&_x0041_"]}),
    Case("line ends", a3("<v>a\r\nb\rc</v>", ' t="str"'), read={3: ["a\nb\nc"]}),
    Case("a new error", a3("<v>#SPILL!</v>", ' t="e"'), read={3: [ErrorCell("#SPILL!")]}),
    Case("an extension's row", f"<extLst><ext>{GOOD}</ext></extLst>", ("extLst",)),
    Case("a row in a row's extension", row(3, "<extLst><ext><row/></ext></extLst>"), ("row 3",)),
    Case("an alternative", f'<m:{OTHER} xmlns:m="http://m"><m:Choice>{GOOD}</m:Choice></m:{OTHER}>', (OTHER,)),
    Case("a second sheetData", "</sheetData><sheetData>" + row(3, ""), ("second",)),
    Case("a commented row", f'<!-- {row(3, "")} --><row r="3"><c r="A3"><v>5</v></c></row>', read={3: [5.0]}),
    Case("a commented end", '<!-- </sheetData> --><row r="3"><c r="A3"><v>5</v></c></row>', read={3: [5.0]}),
    Case("a far blank", '<row r="1048576"><c r="XFD1048576" s="1"/></row>', read={}),
    Case("a far text", row(3, FAR_TEXT), read={3: [5.0, *[""] * 16382, "zero"]}),
]  # fmt: skip


def book(path: Path, rows: str) -> Path:
    return write_package(path / "book.xlsx", HEADER + GOOD + rows, {"xl/sharedStrings.xml": SHARED})


def outcome(path: Path) -> Any:
    """{row: cells} of the rows after the good one, or the refusal's sentence; by all columns and by the contract."""
    try:
        with open_workbook(path) as workbook:
            found = dict(workbook.sheet("S").rows)
            typed = [number for chunk in typed_chunks(workbook, S) for number in chunk.excel_rows]
    except WorkbookRefused as refused:
        assert refused.code == "DAMAGED"
        assert len(str(refused)) < 300
        return str(refused)
    assert typed == list(found)
    assert found.pop(2) == ["zero", 2.0]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("piece_bytes", [1, 4_000_000], ids=["in pieces", "at once"])
def test_a_hostile_sheet_is_read_exactly_or_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, piece_bytes: int
) -> None:
    monkeypatch.setattr(sheet_stream, "PIECE_BYTES", piece_bytes)
    found = outcome(book(tmp_path, case.rows))
    if case.read is not None:
        assert found == case.read
    else:
        assert isinstance(found, str), found
        assert all(part in found for part in ("book.xlsx, sheet S", *case.refused)), found


@pytest.mark.parametrize("end", ["<!-- ", "<![CDATA[", "</sheetData><sheetData>", "&lt;", "x"])
def test_what_stands_between_pieces_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """After forty rows of the usual shape something opens that is never closed, or begins again."""
    monkeypatch.setattr(sheet_stream, "PIECE_BYTES", 500)
    found = outcome(book(tmp_path, MANY + end + row(70, '<c r="A70"><v>1</v></c>')))
    assert isinstance(found, str), found


@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param(worksheet("")[:-12] + "<sheetData/></worksheet>", id="two"),
        pytest.param(f'{XML}<worksheet xmlns="{MAIN}"/>', id="none"),
        pytest.param(f'{XML}<chartsheet xmlns="{MAIN}"><sheetData/></chartsheet>', id="a chart"),
        pytest.param(f'{XML}<worksheet xmlns="http://x"><sheetData>{HEADER}</sheetData></worksheet>', id="namespace"),
        pytest.param(f'{XML}<worksheet xmlns="{MAIN}"><x><sheetData>{HEADER}</sheetData></x></worksheet>', id="deeper"),
        pytest.param(worksheet("<row>" * 500), id="nested rows"),
        pytest.param(worksheet(HEADER, after="<a>" * 5000), id="nested"),
    ],
)
def test_a_sheet_of_another_shape_is_refused(tmp_path: Path, sheet: str) -> None:
    path = write_package(tmp_path / "book.xlsx", None, {SHEET_PART: sheet})
    with open_workbook(path) as workbook, pytest.raises(WorkbookRefused) as refused:
        list(workbook.rows("S"))
    assert refused.value.code == "DAMAGED"


def test_the_count_in_the_xml_is_compared_with_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that loses a cell, or a row, is noticed."""
    path = book(tmp_path, "<!-- by the book -->" + MANY)
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
    assert "column B: 41 cells hold a value and 40 were read" in outcome(path)
    monkeypatch.setattr(sheet_stream.SheetParser, "_end_cell", end_cell)
    monkeypatch.setattr(sheet_stream.SheetParser, "_end_row", losing_row)
    assert "41 rows hold something and 40 were read" in outcome(path)

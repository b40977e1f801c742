"""The fast scan of rows of the usual shape gives what the parser gives, or declines."""

from __future__ import annotations

from typing import Any
from xml.parsers.expat import ExpatError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract import SHEETS
from app.workbook.scanning.decoding import Decoder
from app.workbook.scanning.formats import ELAPSED, PLAIN, STAMP
from app.workbook.scanning.regular import scan
from app.workbook.scanning.scan_typing import ScannedRows
from app.workbook.scanning.sheet_xml import SheetFault, SheetParser
from app.workbook.typing import Chunk, typed, typed_scan
from tests.unit.workbook.raw_package import MAIN

OPEN, CLOSE = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), b"</sheetData></worksheet>"
PHASES = next(sheet for sheet in SHEETS if sheet.table == "order_phases")
ERRORS = next(sheet for sheet in SHEETS if sheet.table == "quality_errors")
DECODER = Decoder(["NULL", "x", "", "12", "a\x00", "  "], [PLAIN, STAMP, ELAPSED])
TEXTS = ["0", "1", "2", "7", "007", "-3", "45000", "45000.25", "45000.123456789", "59", "0.5", "29221", "29220.9999999"]
TEXTS += [
    "73415",
    "1.5",
    ".5",
    "5.",
    "-0",
    "1e3",
    "9007199254740993",
    "123456789012345678901",
    "1.2.3",
    "-",
    " 7",
    "12é",
]
CELLS = st.builds(
    '{0} s="{1}"><v>{2}</v></c>'.format, st.just("{0}"), st.sampled_from([0, 1, 2, 9]), st.sampled_from(TEXTS)
) | st.sampled_from(
    [f'{{0}} t="s"><v>{index}</v></c>' for index in range(7)]
    + ["{0}/>", '{0} s="1"/>', "{0}></c>", "{0}><v>3</v></c>", "{0}><v></v></c>", '{0} t="b"><v>1</v></c>']
    + ['{0} t="e"><v>#N/A</v></c>', '{0} t="str"><v>NULL</v></c>', '{0} t="str"><v>_x0041_</v></c>']
    + ['{0} t="inlineStr"><is><t>NULL</t></is></c>', '{0} t="inlineStr"><is><t xml:space="preserve"> y </t></is></c>']
    + ["{0}><f>1+1</f><v>2</v></c>", "{0}><f>1+1</f></c>", '{0} t="n"><is><t>5</t></is></c>', '{0} x="1"><v>1</v></c>']
)
USUAL = st.sampled_from(
    ["{0}><v>3</v></c>", '{0} t="s"><v>0</v></c>', '{0} s="1"><v>45000.5</v></c>', '{0} t="s"><v>1</v></c>']
)


def xml_of(rows: list[tuple[int, list[str | None]]]) -> bytes:
    number, text = 1, ""
    for step, cells in rows:
        number += step
        held = "".join(
            f'<c r="{chr(65 + place)}{number}"' + cell.replace("{0}", "")
            for place, cell in enumerate(cells)
            if cell is not None
        )
        text += f'<row r="{number}" spans="1:3">{held}</row>'
    return text.encode()


def by_parser(sheet: Any, xml: bytes, places: list[int]) -> Chunk | str:
    parser = SheetParser(DECODER, None)
    parser.last_row = 1
    try:
        rows = parser.feed(OPEN + xml + CLOSE, True)
    except SheetFault as fault:
        return f"{fault.place}: {fault}"
    except ExpatError:
        return "no XML"
    if not rows:
        return Chunk([], [])
    return typed(sheet, [(number, [cells.get(place, "") for place in places]) for number, cells in rows])


def quickly(sheet: Any, xml: bytes, places: list[int]) -> Chunk | str | None:
    scanned = scan(xml, 1)
    if scanned is None:
        return None
    try:
        return typed_scan(sheet, ScannedRows(sheet, places, scanned, DECODER))
    except SheetFault as fault:
        return f"{fault.place}: {fault}"


def content(chunk: Chunk | str) -> Any:
    if isinstance(chunk, str):
        return "refused"
    return repr((chunk.excel_rows, chunk.columns if chunk.excel_rows else [], chunk.faults, dict(chunk.notes)))


@pytest.mark.parametrize("sheet", [PHASES, ERRORS], ids=lambda sheet: sheet.table)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_quick_look_equals_the_book(sheet: Any, data: st.DataObject) -> None:
    width = len(sheet.columns)
    cell = data.draw(st.sampled_from([USUAL, USUAL | CELLS]))
    cells = st.lists(st.none() | cell, min_size=width, max_size=width)
    xml = xml_of(data.draw(st.lists(st.tuples(st.integers(1, 3), cells), min_size=1, max_size=4)))
    places = data.draw(st.permutations(range(1, width + 1)))
    found = quickly(sheet, xml, places)
    if found is not None:
        expected = by_parser(sheet, xml, places)
        assert content(found) == content(expected)


def test_the_usual_is_taken_quickly() -> None:
    xml = xml_of([(1, ["{0}><v>3</v></c>", '{0} t="s"><v>0</v></c>', '{0} s="1"/>'])] * 30)
    assert scan(xml, 1) is not None


def test_columns_far_to_the_right_are_taken_quickly() -> None:
    far = ("A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFC", "XFD")
    rows = "".join(
        f'<row r="{row}">{"".join(f"""<c r="{at}{row}"><v>{row}</v></c>""" for at in far)}</row>' for row in (2, 2**20)
    )
    scanned = scan(rows.encode(), 1)
    assert scanned is not None
    assert list(scanned.columns) == [1, 26, 27, 52, 53, 702, 703, 16_383, 16_384]
    assert all(cells.rows.tolist() == [0, 1] for cells in scanned.columns.values())
    ends = scanned.columns[16_384]
    assert [rows[start:end] for start, end in zip(ends.starts, ends.ends, strict=True)] == ["2", "1048576"]


@pytest.mark.parametrize(
    "xml",
    [
        '<row r="2"><c r="A3"><v>1</v></c></row>',
        '<row r="2"><c r="A22"><v>1</v></c></row>',
        '<row r="22"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>',
        '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>',
        '<row r="2"><c r="a2"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="2"></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="02"><c r="A02"><v>1</v></c></row>',
        '<row r="1048577"></row>',
        '<row r="4294967298"></row>',
        '<row r="2" r="3"><c r="A2"><v>1</v></c></row>',
        '<row r="2" xmlns="http://x"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A2" t="s" t="n"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v><v>2</v></c></row>',
        '<row r="2"><c r="A2">1</c></row>',
        '<row r="2"> <c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>&#49;</v></c></row>',
        '<row r="2"><c r="A2"><v><![CDATA[1]]></v></c></row>',
        '<row r="2"><c r="A2"><v>1<!-- --></v></c></row>',
        '<row r="2"><c r="A2"/><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c>',
        '<c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A2" t="n"><is><t>1</t></is></c><c r="B2" t="inlineStr"><v>2</v></c></row>',
        '<row r="2"><c r="XFE2"><v>1</v></c></row>',
        '<row r="2"><c r="AAAA2"><v>1</v></c></row>',
        '<row r="2"><c r="A@2"><v>1</v></c></row>',
        '<row r="2"><c r="2"><v>1</v></c></row>',
        '<row r="2"><c r="B2"/><c r="AB2"/><c r="AA2"/></row>',
        '<row r="2"><c r="Z2"/><c r="Y2"/></row>',
    ],
)
def test_anything_else_is_declined(xml: str) -> None:
    assert scan(xml.encode(), 1) is None

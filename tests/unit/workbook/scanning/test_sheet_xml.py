"""Bounds on what stands beside a sheet's rows, and on a tag without end."""

from __future__ import annotations

import pytest

from app.workbook.opc.xml_walk import LONGEST_TOKEN_BYTES, MAIN
from app.workbook.scanning import sheet_xml
from app.workbook.scanning.decoding import Decoder
from app.workbook.scanning.sheet_xml import SheetFault, SheetParser

RICH = "<r><rPr><b/></rPr><t>x</t></r>" * 9
ROWS = f'<sheetData><row r="1"><c r="A1" t="inlineStr"><is>{RICH}</is></c></row></sheetData>'
MERGED = '<mergeCell ref="A1:B2"/>'


def parsed(others: int) -> int:
    parser = SheetParser(Decoder(), None)
    text = f'<worksheet xmlns="{MAIN[0]}">{ROWS}<mergeCells>{MERGED * others}</mergeCells></worksheet>'
    return len(parser.feed(text.encode(), True))


def test_elements_beside_the_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_xml, "MOST_OTHERS", 7)
    assert parsed(5) == 1
    with pytest.raises(SheetFault, match="more than 7 elements beside its rows"):
        parsed(6)


def test_a_tag_without_end_is_not_looked_at_for_ever() -> None:
    parser = SheetParser(Decoder(), None)
    parser.feed(f'<worksheet xmlns="{MAIN[0]}"><!-- '.encode())
    parser.feed(b"x" * (LONGEST_TOKEN_BYTES - 10))
    with pytest.raises(ValueError, match="more than 4,000,000 bytes"):
        parser.feed(b"x" * 100)

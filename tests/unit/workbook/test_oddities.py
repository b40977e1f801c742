"""The quick search for odd cells finds exactly what a whole parse finds, wherever the blocks are cut."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.workbook import oddities
from app.workbook.contract import SHEETS as CONTRACT
from app.workbook.oddities import ErrorCell, inspect_sheet
from app.workbook.writing import write_workbook
from tests.unit.workbook.raw_package import HEADER, SHEET_PART, text, worksheet, write_package

CELLS = st.sampled_from(
    [
        '<c r="{0}"><v>1</v></c>',
        '<c r="{0}"/>',
        '<c r="{0}" s="1"/>',
        '<c r="{0}" t="e"><v>#N/A</v></c>',
        "<c  t = 'e' r = '{0}' ><v>#REF!</v></c>",
        '<c\tr="{0}" t="e"><v>#NUM!</v></c>',
        '<c r="{0}" t="e"/>',
        '<c r="{0}"><f>A1&amp;"&lt;c r="</f></c>',
        '<c r="{0}"><f>1&gt;2</f><v>0</v></c>',
        '<c r="{0}" t="str"><f/></c>',
        '<c r="{0}" t="str"><f>T(1)</f><v/></c>',
        '<c r="{0}" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c r="{0}" t="inlineStr"><is><t>t="e" &lt;f&gt; /sheetData</t></is></c>',
        '<c r="{0}" t="inlineStr"><is><t><![CDATA[<c r="A1" t="e">]]></t></is></c>',
        '<!-- <f> --><c r="{0}"><v>2</v></c>',
        '<c t="e"><v>#NAME?</v></c>',
    ]
)


def rows_of(rows: list[list[str]]) -> str:
    return "".join(
        f'<row r="{number}">'
        + "".join(cell.format(f"{'ABCD'[place]}{number}") for place, cell in enumerate(cells))
        + "</row>"
        for number, cells in enumerate(rows, 1)
    )


SHEETS = st.lists(st.lists(CELLS, max_size=4), max_size=5).map(rows_of)
AFTER = '<conditionalFormatting sqref="A1"><cfRule type="x"><formula>A1</formula></cfRule></conditionalFormatting>'


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SHEETS, st.integers(1, 300))
def test_search_equals_parse(tmp_path: Path, rows: str, block_bytes: int) -> None:
    path = write_package(tmp_path / "book.xlsx", rows)
    xml = worksheet(rows).encode()
    expected = oddities.parsed(io.BytesIO(xml))
    found = inspect_sheet(path, SHEET_PART, 10, block_bytes)
    assert found.sha256 == hashlib.sha256(worksheet(rows).encode()).hexdigest()
    assert found.odd == expected.odd
    assert found.row_elements == expected.row_elements


def test_search_does_not_parse_an_ordinary_sheet_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One formula in the phases once cost a parse of half a million rows, ten times the whole ingestion."""

    def parsed(file: object) -> None:
        raise AssertionError("parsed whole")

    monkeypatch.setattr(oddities, "parsed", parsed)
    row = '<row r="{0}">{1}<c r="B{0}"><f>1+{0}</f><v>{0}</v></c><c r="C{0}" t="e"><v>#N/A</v></c></row>'
    rows = "".join(row.format(n, text(f"A{n}", "café: x?!")) for n in range(2, 300))
    path = write_package(tmp_path / "book.xlsx", None, {SHEET_PART: worksheet(HEADER + rows, after=AFTER)})
    found = inspect_sheet(path, SHEET_PART, 10, block_bytes=1000)
    assert found.odd == {(n, 3): ErrorCell("#N/A") for n in range(2, 300)}
    assert found.row_elements == 299


def test_sheet_of_the_sample_has_no_oddity(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_workbook(path, {})
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(parts) == len(CONTRACT)
    for part in parts:
        found = inspect_sheet(path, part, 10)
        assert (found.odd, found.row_elements) == ({}, 1)

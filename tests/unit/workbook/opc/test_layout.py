"""Parts are found as the format compares their names; sheets of which it is unclear what they are, are refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from app.workbook.errors import WorkbookRefused
from app.workbook.opc.layout import require_unambiguous
from app.workbook.opc.package import require_package
from app.workbook.workbook_reading import open_workbook
from tests.unit.workbook.raw_package import HEADER, PARTS, SHEET_PART, worksheet, write_package

RELATIONS = "xl/_rels/workbook.xml.rels"
TARGET = 'Target="worksheets/sheet1.xml"'


@pytest.mark.parametrize(
    "target",
    [
        "/xl/worksheets/sheet1.xml",
        "./worksheets/sheet1.xml",
        "../xl/worksheets/sheet1.xml",
        "worksheets/SHEET1.xml",
        "worksheets\\sheet1.xml",
        "worksheets/%73heet1.xml",
        "/XL/Worksheets/./x/../Sheet1.XML",
    ],
)
def test_a_sheet_is_found_by_any_form_of_its_name(tmp_path: Path, target: str) -> None:
    relations = PARTS[RELATIONS].replace(TARGET, f'Target="{target}"')
    path = write_package(tmp_path / "book.xlsx", HEADER, {RELATIONS: relations})
    with open_workbook(path) as workbook:
        assert workbook.sheet("S").headers == ["a", "b"]


def test_entries_may_be_written_in_another_form_and_the_workbook_lie_elsewhere(tmp_path: Path) -> None:
    path = write_package(tmp_path / "book.xlsx", HEADER)
    moved = {"xl/workbook.xml": "Other\\Book.xml", RELATIONS: "other/_rels/book.xml.RELS"}
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(tmp_path / "moved.xlsx", "w") as target:
        for name in archive.namelist():
            content = archive.read(name).decode()
            if name == RELATIONS:
                content = content.replace('Target="', 'Target="/xl/')
            target.writestr(moved.get(name, name), content.replace("xl/workbook.xml", "other/book.xml"))
    with open_workbook(tmp_path / "moved.xlsx") as workbook:
        assert workbook.sheet("S").headers == ["a", "b"]


@pytest.mark.parametrize("second", ["S", "s", " S ", "S\u00a0"])
@pytest.mark.parametrize("part", ["sheet1", "sheet2"])
def test_two_sheets_of_one_name_or_part_are_refused(tmp_path: Path, second: str, part: str) -> None:
    book = PARTS["xl/workbook.xml"].replace("</sheets>", f'<sheet name="{second}" sheetId="2" r:id="rId9"/></sheets>')
    relation = f'<Relationship Id="rId9" Type="x/worksheet" Target="worksheets/{part}.xml"/></Relationships>'
    parts: dict[str, str | bytes | None] = {
        "xl/workbook.xml": book,
        RELATIONS: PARTS[RELATIONS].replace("</Relationships>", relation),
        "xl/worksheets/sheet2.xml": worksheet(HEADER),
    }
    layout = require_package(write_package(tmp_path / "book.xlsx", HEADER, parts), 10)
    with pytest.raises(WorkbookRefused, match="two sheets of one name") as refused:
        require_unambiguous("book.xlsx", layout, ["S"])
    assert refused.value.code == "DUPLICATE_SHEET"
    require_unambiguous("book.xlsx", layout, ["Other"])


def test_a_chart_of_a_wanted_name_and_a_shared_part_are_refused(tmp_path: Path) -> None:
    chart = PARTS[RELATIONS].replace("/worksheet", "/chartsheet")
    layout = require_package(write_package(tmp_path / "book.xlsx", HEADER, {RELATIONS: chart}), 10)
    with pytest.raises(WorkbookRefused, match="chartsheet"):
        require_unambiguous("book.xlsx", layout, ["S"])
    book = PARTS["xl/workbook.xml"].replace("</sheets>", '<sheet name="T" sheetId="2" r:id="rId1"/></sheets>')
    layout = require_package(write_package(tmp_path / "book.xlsx", HEADER, {"xl/workbook.xml": book}), 10)
    with pytest.raises(WorkbookRefused, match=SHEET_PART):
        require_unambiguous("book.xlsx", layout, ["S"])

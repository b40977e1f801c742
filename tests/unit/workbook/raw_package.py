"""Workbooks written byte by byte, to test content that no spreadsheet program would write."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8"?>'
SHEET_PART = "xl/worksheets/sheet1.xml"
WRONG_DIMENSION = '<dimension ref="A1:B2"/>'

PARTS: dict[str, str] = {
    "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    + "".join(
        f'<Override PartName="/xl/{part}.xml" '
        f'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
        for part, kind in {
            "workbook": "sheet.main",
            "worksheets/sheet1": "worksheet",
            "styles": "styles",
            "sharedStrings": "sharedStrings",
        }.items()
    )
    + "</Types>",
    "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr/>'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'{XML}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/><xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf numFmtId="46" applyNumberFormat="1"/></cellXfs></styleSheet>',
    "xl/sharedStrings.xml": f'{XML}<sst xmlns="{MAIN}"><si><t>x</t></si></sst>',
}
"""A workbook with one sheet, S. Styles: 1 date and time, 2 date, 3 duration."""


def text(reference: str, value: str) -> str:
    """A cell with an inline text, blanks kept."""
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


HEADER = f'<row r="1">{text("A1", "a")}{text("B1", "b")}</row>'


def worksheet(rows: str, before: str = "", after: str = "") -> str:
    """A sheet's XML around its rows; its dimension record lies."""
    return f'{XML}{before}<worksheet xmlns="{MAIN}">{WRONG_DIMENSION}<sheetData>{rows}</sheetData>{after}</worksheet>'


def write_package(path: Path, rows: str | None = HEADER, parts: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write a workbook whose sheet holds these rows; `parts` replaces or, with None, leaves out parts."""
    content: dict[str, str | bytes | None] = {**PARTS, SHEET_PART: worksheet(rows or ""), **(parts or {})}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)
    return path

"""The tiny workbook that every case changes: each sheet with twelve sound rows, written byte by byte."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from tests.oracle.sheets import DAY, FLAG, REAL, SHEETS, TEXT, TIME, WEIGHT

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8"?>'
ROWS = 12
WORKBOOK, RELATIONS, STYLES, STRINGS = (
    f"xl/{name}" for name in ("workbook.xml", "_rels/workbook.xml.rels", "styles.xml", "sharedStrings.xml")
)
PART_OF = {sheet: f"xl/worksheets/sheet{number}.xml" for number, sheet in enumerate(SHEETS, 1)}
TEXTS = (
    "<t>x</t>",
    "<t>NULL</t>",
    '<r><t>o</t></r><r><rPr><b/></rPr><t>ne</t></r><rPh sb="0" eb="1"><t>no</t></rPh>',
    "<t> two </t>",
    "<t/>",
    "<t>_x0041__x005F_x0041_</t>",
    "<t>7</t>",
    '<t xml:space="preserve"> &amp; é </t>',
)
"""Shared texts, by their number."""
FORMATS = (0, 22, 14, 46, 164, 165, 166, 167, 168)
"""numFmtId of each cell format."""
CODES = {
    164: "yyyy\\-mm\\-dd hh:mm",
    165: "0.0 &quot;days&quot;",
    166: "[Red]#,##0",
    167: "[h]:mm",
    168: "[$-816]d/m/yy",
}


def text_cell(text: str) -> str:
    """A cell with a text of its own, at {at}."""
    return f'<c r="{{at}}" t="inlineStr"><is><t>{text}</t></is></c>'


def letters(place: int) -> str:
    """The letters of a column, from 0; no sheet here has more than 26."""
    return chr(65 + place)


def sound_cell(sheet: str, header: str, number: int) -> str:
    """The value of a column in row `number` (from 1), at {at}."""
    columns = SHEETS[sheet][1]
    kind, nullable = columns[header]
    if nullable and number % 2:
        return '<c r="{at}" t="s"><v>1</v></c>'
    if kind == TEXT:
        return '<c r="{at}" t="s"><v>2</v></c>'
    if kind == TIME:
        return f'<c r="{{at}}" s="1"><v>{45000 + number}.25</v></c>'
    if kind == DAY:
        return f'<c r="{{at}}" s="2"><v>{45000 + number}</v></c>'
    if kind in (REAL, WEIGHT):
        return f'<c r="{{at}}"><v>{number}.5</v></c>'
    return (
        f'<c r="{{at}}"><v>{number % 2 if kind == FLAG else 1 + number % 3 if kind == "severity" else number}</v></c>'
    )


def row(number: int, cells: str) -> str:
    """A row with these cells, whose {at} still lack their letters."""
    return f'<row r="{number}">{cells}</row>'


def sound_row(sheet: str, number: int, changed: Mapping[str, str] | None = None) -> str:
    """An Excel row of a sheet; `changed` replaces cells by header."""
    cells = (
        (changed or {}).get(header, sound_cell(sheet, header, number - 1)).replace("{at}", f"{letters(place)}{number}")
        for place, header in enumerate(SHEETS[sheet][1])
    )
    return row(number, "".join(cells))


def header_row(sheet: str) -> str:
    """Row 1."""
    return row(1, "".join(text_cell(name).replace("{at}", f"{letters(n)}1") for n, name in enumerate(SHEETS[sheet][1])))


def sheet_xml(
    sheet: str, changed: Mapping[int, Mapping[str, str]] | None = None, numbers: Iterable[int] = range(2, ROWS + 2)
) -> str:
    """The whole part with rows of these numbers; `changed` replaces cells by row and header."""
    rows = "".join(sound_row(sheet, number, (changed or {}).get(number)) for number in numbers)
    return f'{XML}<worksheet xmlns="{MAIN}"><sheetData>{header_row(sheet)}{rows}</sheetData></worksheet>'


@cache
def base_parts() -> Mapping[str, str]:
    """The parts of the sound workbook, by name."""
    kinds = {"worksheet": PART_OF.values(), "styles": [STYLES], "sharedStrings": [STRINGS]}
    related = [(kind, part.removeprefix("xl/")) for kind, parts in kinds.items() for part in parts]
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="{WORKBOOK}"/></Relationships>',
        WORKBOOK: f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr/><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(SHEETS, 1))
        + "</sheets></workbook>",
        RELATIONS: f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{part}"/>'
            for n, (kind, part) in enumerate(related, 1)
        )
        + "</Relationships>",
        STYLES: f'{XML}<styleSheet xmlns="{MAIN}"><numFmts>'
        + "".join(f'<numFmt numFmtId="{number}" formatCode="{code}"/>' for number, code in CODES.items())
        + '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
        + "".join(f'<xf numFmtId="{number}"/>' for number in FORMATS)
        + "</cellXfs></styleSheet>",
        STRINGS: f'{XML}<sst xmlns="{MAIN}">' + "".join(f"<si>{text}</si>" for text in TEXTS) + "</sst>",
        **{part: sheet_xml(sheet) for sheet, part in PART_OF.items()},
    }


def write_parts(path: Path, parts: Mapping[str, str | bytes]) -> None:
    """A package of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)

"""A small workbook whose texts are escaped and broken in every way, with the meaning that Excel gives them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from tests.integration.ingestion.factory import CATALOGUE, factory, save

MEANINGS: dict[str, str] = {
    "first\nrow": "first\nrow",
    "a\r\nb": "a\nb",
    "a\rb": "a\nb",
    "a&#10;b": "a\nb",
    "a&#13;b": "a\rb",
    "a&#13;&#10;b": "a\r\nb",
    "a_x000D_b": "a\rb",
    "a_x000d_b": "a\rb",
    "a_x000D_\nb": "a\r\nb",
    "a_x000A_b": "a\nb",
    "_x0041_": "A",
    "_x00e9_t_x00E9_": "été",
    "_x005F_x0041_": "_x0041_",
    "_x005f_x000d_": "_x000d_",
    "_x005F_x005F_x0041_": "_x005FA",
    "_x005F_x005F_x005F_x0041_": "_x005F_x0041_",
    "x005F_": "x005F_",
    "_x0041_x0042_": "Ax0042_",
    "_x0041__x0042_": "AB",
    "__x0041__": "_A_",
    "_X0041_": "_X0041_",
    "_x41_": "_x41_",
    "_x004G_": "_x004G_",
    "_xD83D__xDE00_": "\U0001f600",
    "_xd83d__xde00_": "\U0001f600",
    "_xD83D_": "_xD83D_",
    "_xde00__xd83d_": "_xde00__xd83d_",
    "_x0009_": "\t",
    "_x0020_a_x0020_": " a ",
    "_x001F_": "\x1f",
    "_xFFFF_": "\uffff",
    "  outer  ": "  outer  ",
    " ": " ",
    "\n": "\n",
    "&amp;#65;": "&#65;",
    "_x0026_lt;": "&lt;",
    '"quoted", \\N': '"quoted", \\N',
    "_x004E_ULL2": "NULL2",
    "nu&#160;ll": "nu\xa0ll",
    "e\u0301": "e\u0301",
}
"""Content of the XML element that holds the text: the text."""
WAYS = {
    "shared": '<c r="B{row}" t="s"><v>{index}</v></c>',
    "in its cell": '<c r="B{row}" t="inlineStr"><is><t>{text}</t></is></c>',
    "in runs": '<c r="B{row}" t="inlineStr"><is><r><t>{text}</t></r></is></c>',
    "of a formula": '<c r="B{row}" t="str"><f>"x"</f><v>{text}</v></c>',
}
"""Places where a text may stand."""
STRINGS, WORKBOOK = "xl/sharedStrings.xml", "xl/workbook.xml"


def save_odd_texts(path: Path, way: str) -> dict[int, str]:
    """Write the workbook: one phase of the catalogue with each text as its name. Returns the names by phase."""
    rows = factory()
    rows[CATALOGUE] = [[1 + n, f"name {n}", n, 1, 0] for n in range(len(MEANINGS))]
    plain = save(path.with_suffix(".plain.xlsx"), rows)
    part = f"xl/worksheets/sheet{1 + list(rows).index(CATALOGUE)}.xml"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as sink:
        strings = source.read(STRINGS).decode()
        first = strings.count("<si>")
        for name in source.namelist():
            text = source.read(name).decode()
            if name == STRINGS:
                text = text.replace("</sst>", "".join(f"<si><t>{one}</t></si>" for one in MEANINGS) + "</sst>")
            elif name == WORKBOOK:  # openpyxl says of its formulas that they are to be calculated
                text = text.replace(' fullCalcOnLoad="1"', "")
            elif name == part:
                text = _with_texts(text, WAYS[way], first)
            sink.writestr(name, text)
    plain.unlink()
    return {1 + place: meaning for place, meaning in enumerate(MEANINGS.values())}


def _with_texts(sheet: str, way: str, first: int) -> str:
    for place, text in enumerate(MEANINGS):
        cell = way.format(row=place + 2, index=first + place, text=text)
        sheet, found = re.subn(rf'<c r="B{place + 2}" t="s"><v>\d+</v></c>', lambda _, cell=cell: cell, sheet)
        assert found == 1
    return sheet

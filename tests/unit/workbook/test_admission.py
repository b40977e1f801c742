"""Uploads are refused before they are queued, by code; a workbook that an ingestion would read is admitted."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.contract import SHEETS
from app.workbook.errors import WorkbookRefused
from app.workbook.sample import write_sample
from app.workbook.upload_admission import admit_here
from tests.unit.workbook.raw_package import HEADER, MAIN, OFFICE, PACKAGE, SHEET_PART, XML, worksheet, write_package

NINE = f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>' + "".join(
    f'<sheet name="{sheet.name}" sheetId="{number}" r:id="s{number}"/>' for number, sheet in enumerate(SHEETS, start=1)
)
NUMBERS = range(1, len(SHEETS) + 1)
RELATIONS = "".join(
    f'<Relationship Id="s{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
    for number in NUMBERS
)
COMPLETE = {
    "xl/workbook.xml": f"{NINE}</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{RELATIONS}</Relationships>',
    **{f"xl/worksheets/sheet{number}.xml": worksheet(HEADER) for number in NUMBERS},
}
DTD = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
FAR = f"<!--{'.' * 3_000_000}-->"


def verdict(path: Path, max_expanded_mb: int = 100) -> str:
    try:
        list(admit_here(path, max_expanded_mb))
    except WorkbookRefused as refused:
        assert len(str(refused)) < 300
        return refused.code
    return "admitted"


def book(path: Path, parts: Mapping[str, str | bytes | None]) -> Path:
    return write_package(path / "book.xlsx", HEADER, {**COMPLETE, **parts})


def test_sample_workbook_is_admitted(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample.xlsx", scale=0.001, seed=1)
    assert verdict(tmp_path / "sample.xlsx") == "admitted"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({}, "admitted"),
        ({SHEET_PART: worksheet(HEADER, before=FAR[: (1 << 20) - len(XML) - 6] + "-->" + DTD)}, "UNSAFE_XML"),
        ({SHEET_PART: worksheet(HEADER, before=FAR + DTD).encode("utf-16-be")}, "UNSAFE_XML"),
        ({SHEET_PART: worksheet(HEADER, before=DTD).encode("utf-32")}, "UNSAFE_XML"),
        ({"xl/other.XML": worksheet(HEADER, before=DTD)}, "UNSAFE_XML"),
    ],
    ids=["whole", "across a border", "far utf-16", "utf-32", "capitals"],
)
def test_package_is_admitted_or_refused_by_what_it_holds(
    tmp_path: Path, parts: dict[str, str | bytes | None], code: str
) -> None:
    assert verdict(book(tmp_path, parts)) == code


@pytest.mark.parametrize("checked", [3_000_000, 1000, 1001])
def test_package_that_lies_about_a_size_is_refused(tmp_path: Path, checked: int) -> None:
    path = book(tmp_path, {"xl/media/zeros.bin": b"\0" * 3_000_000})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"xl/media/zeros.bin") - 46
    data[at + 16 : at + 20] = struct.pack("<I", zlib.crc32(b"\0" * checked))
    data[at + 24 : at + 28] = struct.pack("<I", 1000)
    path.write_bytes(data)
    assert verdict(path) == "DAMAGED"


def test_package_with_a_changed_byte_anywhere_in_its_content_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, {"xl/media/noise.bin": bytes(range(256)) * 8})
    data = bytearray(path.read_bytes())
    at = data.find(b"xl/media/noise.bin") + len("xl/media/noise.bin") + 5
    data[at] ^= 0xFF
    path.write_bytes(data)
    assert verdict(path) == "DAMAGED"

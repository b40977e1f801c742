"""Files that are no workbook, or a dangerous or broken one: each is refused by code, and nothing else is raised."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.workbook.digest import sha256_of
from app.workbook.errors import WorkbookRefused
from app.workbook.reading import open_workbook
from tests.unit.workbook.raw_package import HEADER, MAIN, PARTS, SHEET_PART, XML, text, worksheet, write_package

CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
NUMBERS = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 40))
DTD = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


def refusal(path: Path, max_expanded_mb: int = 4096) -> str:
    """The code of the refusal of a whole reading; "read" when there is none."""
    try:
        with open_workbook(path, max_expanded_mb) as workbook:
            for name in workbook.sheet_names:
                list(workbook.rows(name))
    except WorkbookRefused as refused:
        message = str(refused)
        assert "\n" not in message
        assert len(message) < 300
        return refused.code
    return "read"


def marked(data: bytes, signature: bytes, offset: int, value: int) -> bytes:
    """The zip with one byte set in each header of a kind."""
    changed = bytearray(data)
    at = changed.find(signature)
    while at >= 0:
        changed[at + offset] = value
        at = changed.find(signature, at + 4)
    return bytes(changed)


def encrypted(data: bytes) -> bytes:
    return marked(marked(data, CENTRAL, 8, 1), LOCAL, 6, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"", "NOT_XLSX"),
        (lambda data: b"Of_Id;Of_DataCriacao\n1;2", "NOT_XLSX"),
        (lambda data: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + data, "ENCRYPTED"),
        (encrypted, "ENCRYPTED"),
        (lambda data: data[:-30], "DAMAGED"),
        (lambda data: data[: len(data) // 2], "DAMAGED"),
        (lambda data: b"PK\x03\x04", "DAMAGED"),
        (lambda data: marked(data, CENTRAL, 10, 99), "DAMAGED"),
    ],
    ids=["empty", "csv", "ole", "zip password", "no end", "half", "signature only", "unknown compression"],
)
def test_broken_file_is_refused(tmp_path: Path, change: Callable[[bytes], bytes], code: str) -> None:
    path = write_package(tmp_path / "book.xlsx", HEADER + NUMBERS)
    path.write_bytes(change(path.read_bytes()))
    assert refusal(path) == code


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"xl/workbook.xml": None}, "NOT_XLSX"),
        ({"xl/_rels/workbook.xml.rels": None}, "DAMAGED"),
        ({"xl/_rels/workbook.xml.rels": PARTS["xl/_rels/workbook.xml.rels"].replace("sheet1", "sheet9")}, "DAMAGED"),
        ({"xl/workbook.xml": PARTS["xl/workbook.xml"].replace("rId1", "rId7")}, "DAMAGED"),
        ({"xl/workbook.xml": "<workbook"}, "DAMAGED"),
        ({SHEET_PART: worksheet(HEADER)[:-40]}, "DAMAGED"),
        ({SHEET_PART: worksheet(HEADER + '<row r="2">' + text("A2", "&undefined;") + "</row>")}, "DAMAGED"),
        ({SHEET_PART: worksheet(HEADER + '<row r="2"><c r="A2" t="s"><v>99</v></c></row>')}, "DAMAGED"),
        ({SHEET_PART: worksheet(HEADER + '<row r="x"><c r="2A" t="e"><v>#N/A</v></c></row>')}, "DAMAGED"),
        ({SHEET_PART: worksheet(HEADER, before=DTD)}, "UNSAFE_XML"),
        ({SHEET_PART: worksheet(HEADER, before=f"<!--{'.' * 5000}-->{DTD}")}, "UNSAFE_XML"),
        ({"xl/sharedStrings.xml": f'{XML}{DTD}<sst xmlns="{MAIN}"><si><t>&b;</t></si></sst>'}, "UNSAFE_XML"),
        ({"xl/workbook.xml": PARTS["xl/workbook.xml"].replace(XML, XML + DTD)}, "UNSAFE_XML"),
    ],
)
def test_broken_part_is_refused(tmp_path: Path, parts: dict[str, str | None], code: str) -> None:
    assert refusal(write_package(tmp_path / "book.xlsx", HEADER + NUMBERS, dict(parts))) == code


def test_zip_with_one_part_twice_is_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "book.xlsx", HEADER, {"xl/worksheets/sheet2.xml": worksheet(HEADER)})
    path.write_bytes(path.read_bytes().replace(b"worksheets/sheet2.xml", b"worksheets/sheet1.xml"))
    assert refusal(path) == "DAMAGED"


def test_expanded_size_is_bounded_before_anything_is_read(tmp_path: Path) -> None:
    path = write_package(tmp_path / "book.xlsx", HEADER, {"xl/media/zeros.bin": b"\0" * 3_000_000})
    assert path.stat().st_size < 10_000
    assert refusal(path, max_expanded_mb=2) == "TOO_LARGE"
    assert refusal(path, max_expanded_mb=4) == "read"


@pytest.mark.parametrize("part", [SHEET_PART, "xl/sharedStrings.xml"])
def test_zip_that_lies_about_its_size_is_refused(tmp_path: Path, part: str) -> None:
    content = worksheet(HEADER + NUMBERS) if part == SHEET_PART else PARTS[part]
    path = write_package(tmp_path / "book.xlsx", HEADER, {part: content.replace("?>", "?>" + " " * 3_000_000, 1)})
    data = bytearray(path.read_bytes())
    at = data.find(CENTRAL)
    while data[at + 46 : at + 46 + len(part)] != part.encode():
        at = data.find(CENTRAL, at + 4)
    data[at + 24 : at + 28] = struct.pack("<I", 1000)
    path.write_bytes(data)
    assert refusal(path, max_expanded_mb=2) == "DAMAGED"


def test_absent_file_and_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.xlsx", tmp_path):
        assert refusal(path) == "NOT_FOUND"
        with pytest.raises(WorkbookRefused) as refused:
            sha256_of(path)
        assert refused.value.code == "NOT_FOUND"
        assert str(path) in str(refused.value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bytes_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = write_package(tmp_path / "book.xlsx", HEADER + NUMBERS)
    changed = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(changed) - 1), min_size=1, max_size=4)):
        changed[at] = data.draw(st.integers(0, 255))
    path.write_bytes(changed)
    assert refusal(path) in {"read", "NOT_XLSX", "ENCRYPTED", "DAMAGED", "UNSAFE_XML", "TOO_LARGE"}


def test_more_cell_formats_than_any_workbook_has_are_refused(tmp_path: Path) -> None:
    styles = PARTS["xl/styles.xml"].replace("</cellXfs>", '<xf numFmtId="0"/>' * 200_001 + "</cellXfs>")
    path = write_package(tmp_path / "formats.xlsx", parts={"xl/styles.xml": styles})
    with pytest.raises(WorkbookRefused, match="200,000 cell formats") as refused, open_workbook(path):
        pass
    assert refused.value.code == "TOO_DEMANDING"

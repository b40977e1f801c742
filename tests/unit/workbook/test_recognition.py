"""Files sent instead of an .xlsx workbook: one sentence says what each is and what to do."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from app.workbook.errors import WorkbookRefused
from app.workbook.package import require_package
from tests.integration.ingestion.factory import factory, save

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def zipped(*names: str, mimetype: str = "") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, mimetype if name == "mimetype" else "x")
    return content.getvalue()


FILES: dict[str, tuple[bytes, str, str]] = {
    "csv with semicolons": (b"Of_Id;Of_DataCriacao\r\n1;2024-03-01\r\n", "NOT_XLSX", "a text file (CSV)"),
    "csv with commas and a mark": (b"\xef\xbb\xbfOf_Id,Of_FaseId\n1,2\n", "NOT_XLSX", "a text file (CSV)"),
    "csv with tabs in UTF-16": ("Of_Id\tOf_FaseId\n1\t2\n".encode("utf-16"), "NOT_XLSX", "a text file (CSV)"),
    "text": (b"nothing here", "NOT_XLSX", "a text file and no .xlsx"),
    "empty": (b"", "NOT_XLSX", "is empty"),
    "html": (b"<html><body><table><tr><td>1</td></tr></table>", "NOT_XLSX", "a web page"),
    "html with a doctype": (b"\r\n <!DOCTYPE HTML PUBLIC>\n<html>", "NOT_XLSX", "a web page"),
    "a table alone": (b"<table border=1>", "NOT_XLSX", "a web page"),
    "xhtml": (b'<?xml version="1.0"?><html xmlns="x">', "NOT_XLSX", "a web page"),
    "xml spreadsheet 2003": (
        b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "NOT_XLSX",
        "an XML spreadsheet of 2003: open it in Excel and save it as .xlsx",
    ),
    "flat OpenDocument": (
        b'<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">',
        "NOT_XLSX",
        "an OpenDocument spreadsheet",
    ),
    "xml": (b"<?xml version='1.0'?><orders/>", "NOT_XLSX", "an XML file"),
    "json": (b'{"orders": []}', "NOT_XLSX", "is JSON"),
    "Google shortcut": (b'{"":"WARNING! DO NOT EDIT","doc_id":"1a","resource_key":""}', "NOT_XLSX", "a Google sheet"),
    "pdf": (b"%PDF-1.7\n", "NOT_XLSX", "a PDF"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(40), "NOT_XLSX", "an image"),
    "jpeg": (b"\xff\xd8\xff\xe0" + bytes(40), "NOT_XLSX", "an image"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), "NOT_XLSX", "a compressed archive"),
    "seven zip": (b"7z\xbc\xaf\x27\x1c" + bytes(40), "NOT_XLSX", "a compressed archive"),
    "Windows shortcut": (b"[InternetShortcut]\r\nURL=x", "NOT_XLSX", "a shortcut"),
    "unknown bytes": (b"\x00\x01\x02\x03" * 9, "NOT_XLSX", "not an .xlsx workbook"),
    "old xls": (OLE + bytes(500) + "Workbook".encode("utf-16-le") + bytes(99), "NOT_XLSX", "an old .xls workbook"),
    "old xls of 1995": (OLE + bytes(500) + "Book".encode("utf-16-le") + bytes(99), "NOT_XLSX", "an old .xls workbook"),
    "with a password": (
        OLE + bytes(500) + "EncryptionInfo".encode("utf-16-le") + "EncryptedPackage".encode("utf-16-le") + bytes(99),
        "ENCRYPTED",
        "protected by a password",
    ),
    "unknown container": (OLE + bytes(600), "ENCRYPTED", "open it in Excel and save it as .xlsx"),
    "ods": (zipped("mimetype", "content.xml", "META-INF/manifest.xml"), "NOT_XLSX", "an OpenDocument spreadsheet"),
    "xlsb": (zipped("[Content_Types].xml", "xl/workbook.bin"), "NOT_XLSX", "a binary workbook (.xlsb)"),
    "zip that holds the export": (zipped("2026/export.xlsx", "readme.txt"), "NOT_XLSX", "holds export.xlsx: unpack it"),
    "zip of a Mac": (zipped("__MACOSX/._export.xlsx", "export.xlsx"), "NOT_XLSX", "holds export.xlsx: unpack it"),
    "word document": (zipped("[Content_Types].xml", "word/document.xml"), "NOT_XLSX", "a Word document"),
    "numbers": (zipped("Index/Document.iwa", "Metadata/x"), "NOT_XLSX", "a Numbers document"),
    "other zip": (zipped("a.txt"), "NOT_XLSX", "a zip but no .xlsx"),
    "empty zip": (zipped(), "NOT_XLSX", "a zip but no .xlsx"),
}


def refusal(path: Path) -> WorkbookRefused:
    with pytest.raises(WorkbookRefused) as refused:
        require_package(path, 4096)
    return refused.value


@pytest.mark.parametrize("kind", FILES)
def test_each_kind_of_file_is_recognised(kind: str, tmp_path: Path) -> None:
    content, code, told = FILES[kind]
    path = tmp_path / "Folha_IA.xlsx"
    path.write_bytes(content)
    found = refusal(path)
    assert (found.code, str(found).startswith("Folha_IA.xlsx is")) == (code, True)
    assert told in str(found)
    assert str(found).endswith(".")


def test_the_lock_file_of_excel_names_its_workbook(tmp_path: Path) -> None:
    path = tmp_path / "~$Folha_IA.xlsx"
    path.write_bytes(b"\x05Maria" + bytes(100))
    assert "give Folha_IA.xlsx itself" in str(refusal(path))
    assert "Maria" not in str(refusal(path))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_a_workbook_whose_end_is_missing_is_cut_short(share: float, tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.xlsx", factory()).read_bytes()
    path = tmp_path / "export.xlsx"
    path.write_bytes(whole[: int(len(whole) * share)])
    found = refusal(path)
    assert (found.code, "is cut short" in str(found)) == ("DAMAGED", True)

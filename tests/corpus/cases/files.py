"""Files that are no .xlsx workbook at all."""

from __future__ import annotations

from tests.corpus.case import REFUSED, Case, zipped

GROUP = "Other files"
SAVE = "save it as .xlsx"


def other(
    name: str, content: bytes, says: tuple[str, ...], code: str = "NOT_XLSX", file_name: str = "book.xlsx"
) -> Case:
    """A file of this content."""
    return Case(GROUP, name, REFUSED, code, says, bytes_of=lambda data: content, file_name=file_name)


def cut(name: str, part: float) -> Case:
    """A workbook that ends early."""
    return Case(GROUP, name, REFUSED, "DAMAGED", ("cut short",), bytes_of=lambda data: data[: int(len(data) * part)])


CASES = (
    other("an empty file", b"", ("is empty",)),
    other("CSV with semicolons", b"Of_Id;Of_DataCriacao\n1;2\n", ("CSV",)),
    other("CSV with a byte order mark", b"\xef\xbb\xbfOf_Id,Of_DataCriacao\n1,2\n", ("CSV",)),
    other("CSV in two bytes a letter", "Of_Id\tB\n1\t2\n".encode("utf-16"), ("CSV",)),
    other("a web page", b"<html><table><tr><td>1</td></tr></table></html>", ("web page", SAVE)),
    other("an XML spreadsheet of 2003", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', ("2003", SAVE)),
    other("any XML", b"<data><row/></data>", ("XML file",)),
    other("JSON", b'[{"Of_Id": 1}]', ("JSON",)),
    other("a PDF", b"%PDF-1.7\n", ("PDF",)),
    other("a picture", b"\x89PNG\r\n\x1a\n", ("image",)),
    other("an archive of another kind", b"\x1f\x8b\x08\x00", ("archive",)),
    other("random bytes", bytes(range(200, 256)) + b"\0", ("not an .xlsx",)),
    other("an old .xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le"), (".xls", SAVE)),
    other("a workbook with a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), ("password",), "ENCRYPTED"),
    other("Excel's lock file", b"\x06Maria", ("lock file",), file_name="~$book.xlsx"),
    other("a binary workbook", zipped("xl/workbook.bin"), ("xlsb", SAVE)),
    other("a zip that holds the export", zipped("export.xlsx"), ("unpack", "export.xlsx")),
    other("a zip of other files", zipped("a.txt"), ("no .xlsx",)),
    other("a document", zipped("word/document.xml", b"<x/>"), ("Word",)),
    other("a zip's beginning alone", b"PK\x03\x04", ("cut short",), "DAMAGED"),
    cut("a file cut in the middle", 0.5),
    cut("a file without its last bytes", 0.999),
)  # fmt: skip

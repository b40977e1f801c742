"""Files that are no .xlsx workbook at all."""

from __future__ import annotations

from tests.corpus.case import REFUSED, Case, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)

GROUP = "Other files"
SAVE = "save it as .xlsx"


def other(
    name: str, content: bytes, says: tuple[str, ...], code: str = "NOT_XLSX", file_name: str = "book.xlsx"
) -> Case:
    """A file of this content."""
    return Case(GROUP, name, REFUSED, code, says, bytes_of=lambda data: content, file_name=file_name)


def cut(name: str, part: float, fewer: int = 0) -> Case:
    """A workbook that is cut off: this part of its bytes, less `fewer` bytes, is kept."""
    return Case(
        GROUP, name, REFUSED, "DAMAGED", ("cut short",), bytes_of=lambda data: data[: int(len(data) * part) - fewer]
    )


CASES = (
    other("an empty file", b"", ("is empty",)),
    other("CSV with semicolons", b"Of_Id;Of_DataCriacao\n1;2\n", ("CSV",)),
    other("CSV with a byte order mark", b"\xef\xbb\xbfOf_Id,Of_DataCriacao\n1,2\n", ("CSV",)),
    other("CSV in two bytes a letter", "Of_Id\tB\n1\t2\n".encode("utf-16"), ("CSV",)),
    other("a web page", b"<html><table><tr><td>1</td></tr></table></html>", ("web page", SAVE)),
    other("an XML spreadsheet of 2003", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', ("2003", SAVE)),
    other("any XML", b"<data><row/></data>", ("XML file",)),
    other("XML behind a thousand comments", b"<!-- a -->" * 1000 + b"<x>", ("XML file",)),
    other("a web page behind two comments", b"<!-- a --> <!-- b --><html>", ("web page", SAVE)),
    other("JSON", b'[{"Of_Id": 1}]', ("JSON",)),
    other("a PDF", b"%PDF-1.7\n", ("PDF",)),
    other("a picture", b"\x89PNG\r\n\x1a\n", ("image",)),
    other("an archive of another kind", b"\x1f\x8b\x08\x00", ("archive",)),
    other("random bytes", bytes(range(200, 256)) + b"\0", ("not an .xlsx",)),
    other("a text", b"nothing here", ("a text file and no .xlsx",)),
    other("a web page with a doctype", b"\r\n <!DOCTYPE HTML PUBLIC>\n<html>", ("web page",)),
    other("a table of a web page", b"<table border=1>", ("web page",)),
    other("a web page as XML", b'<?xml version="1.0"?><html xmlns="x">', ("web page",)),
    other("an OpenDocument spreadsheet in one file", b'<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">', ("OpenDocument", SAVE)),
    other("a shortcut of Google", b'{"":"WARNING! DO NOT EDIT","doc_id":"1a","resource_key":""}', ("Google sheet",)),
    other("a shortcut of Windows", b"[InternetShortcut]\r\nURL=x", ("shortcut",)),
    other("an archive of a third kind", b"7z\xbc\xaf\x27\x1c" + bytes(40), ("archive", "unpack")),
    other("an old .xls", OLE + "Workbook".encode("utf-16-le"), (".xls", SAVE)),
    other("an old .xls of 1995", OLE + "Book".encode("utf-16-le"), (".xls", SAVE)),
    other("a workbook with a password", OLE + "EncryptedPackage".encode("utf-16-le"), ("password",), "ENCRYPTED"),
    other("a container nobody knows", OLE, (SAVE,), "ENCRYPTED"),
    other("Excel's lock file", b"\x06Maria", ("lock file", "give book.xlsx itself"), file_name="~$book.xlsx"),
    other("a binary workbook", zipped("xl/workbook.bin"), ("xlsb", SAVE)),
    other("an OpenDocument spreadsheet", zipped("mimetype", names=("content.xml",)), ("OpenDocument", SAVE)),
    other("a Numbers document", zipped("Index/Document.iwa"), ("Numbers",)),
    other("a presentation", zipped("ppt/presentation.xml"), ("presentation",)),
    other("a zip that holds the export", zipped("2026/export.xlsx"), ("unpack", "holds export.xlsx:")),
    other("a Mac's zip that holds the export", zipped("__MACOSX/._export.xlsx", names=("export.xlsx",)), ("holds export.xlsx:",)),
    other("a zip that holds an export of a name that steers a terminal", zipped("a\x1b[2J.xlsx"), (r"a\x1b[2J.xlsx",)),
    other("a zip of other files", zipped("a.txt"), ("no .xlsx",)),
    other("a zip of nothing", zipped("", names=()), ("no .xlsx",)),
    other("a document", zipped("word/document.xml", b"<x/>"), ("Word",)),
    other("a zip's beginning alone", b"PK\x03\x04", ("cut short",), "DAMAGED"),
    cut("a file cut in the middle", 0.5),
    cut("a file cut by one byte", 1, 1),
    cut("a file cut within the record at its end", 1, 9),
    cut("a file without its last bytes", 0.999),
)  # fmt: skip

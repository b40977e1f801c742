"""Recognises files that are not .xlsx workbooks, and gives one sentence with the remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from app.workbook.errors import WorkbookRefused, shortened

SAVE_AS = "open it in Excel and save it as .xlsx"
LOOKED_AT_BYTES = 8192
ZIP_END, SEARCHED_BYTES = b"PK\x05\x06", 1 << 24
ZIP_END_BYTES = 22
"""Length of the record at a zip's end, without its comment."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PARTS = tuple(name.encode("utf-16-le") for name in ("EncryptedPackage", "EncryptionInfo"))
OLD_BOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
BINARY_PART, WORKBOOK_PART = "xl/workbook.bin", "xl/workbook.xml"
MAC_FORK = "__MACOSX/"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its first bytes, its name, and the remedy."""

    begins: re.Pattern[bytes]
    says: str


def _kind(pattern: bytes, says: str) -> Kind:
    return Kind(re.compile(pattern, re.IGNORECASE | re.DOTALL), says)


EXPORT = "export the workbook itself from the ERP as .xlsx"
WEB_PAGE = f"is a web page, whatever its name says: {SAVE_AS}"
KINDS = (
    _kind(rb"%PDF", f"is a PDF: {EXPORT}"),
    _kind(
        rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{12}\x28\x00\x00\x00|II\*\x00|MM\x00\*|RIFF.{4}WEBP", f"is an image: {EXPORT}"
    ),
    _kind(rb"\{\\rtf", f"is a text document: {EXPORT}"),
    _kind(rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ", "is a compressed archive: unpack it and give the .xlsx inside"),
    _kind(rb".{0,400}urn:schemas-microsoft-com:office:spreadsheet", f"is an XML spreadsheet of 2003: {SAVE_AS}"),
    _kind(rb".{0,600}urn:oasis:names:tc:opendocument", f"is an OpenDocument spreadsheet: {SAVE_AS}"),
    _kind(rb"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype html|html|head|body|table|div|meta|style|script)", WEB_PAGE),
    _kind(rb"\s*<\?xml.{0,400}<html", WEB_PAGE),
    _kind(rb"\s*<", f"is an XML file and no .xlsx workbook: {EXPORT}"),
    _kind(
        rb"""\s*\{.{0,2000}"(?:doc_id|resource_id|url)"\s*:""",
        "is a shortcut to a Google sheet and holds no data: download that as Microsoft Excel (.xlsx)",
    ),
    _kind(
        rb"\[InternetShortcut\]|L\x00\x00\x00\x01\x14\x02\x00",
        "is a shortcut and holds no data: give the file that it leads to",
    ),
    _kind(rb"\s*[\[{]", f"is JSON: {EXPORT}"),
    _kind(rb"ID;P|\x09\x08.\x00|\x09[\x00\x02\x04]\x06\x00", f"is a spreadsheet of an old kind: {SAVE_AS}"),
)
"""The first kind whose beginning matches is taken."""


def refuse_by_name(path: Path) -> None:
    """Raises WorkbookRefused for the lock file that Excel puts beside an open workbook."""
    if path.name.startswith("~$"):
        owner = path.name.removeprefix("~$")
        says = f"is the lock file that Excel keeps while {owner} is open: give {owner} itself"
        raise WorkbookRefused("NOT_XLSX", f"{path.name} {says}.")


def not_xlsx(path: Path, start: bytes) -> WorkbookRefused:
    """The refusal of a file that is not a zip. start: its first bytes (`LOOKED_AT_BYTES`)."""
    if not start:
        says = "is empty: the export did not end, or the copy did not; export it from the ERP again"
    elif start.startswith(OLE):
        return _ole(path)
    else:
        known = (kind.says for kind in KINDS if kind.begins.match(_readable(start)))
        says = next(known, None) or _text_or_unknown(start)
    return WorkbookRefused("NOT_XLSX", f"{path.name} {says}.")


def cut_short(path: Path) -> WorkbookRefused:
    """The refusal of a file that begins like an .xlsx and has no zip directory at its end."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, SEARCHED_BYTES), 2)
        tail = file.read()
    end = tail[max(tail.rfind(ZIP_END), 0) :]
    is_followed = end.startswith(ZIP_END) and len(end) >= ZIP_END_BYTES + int.from_bytes(end[20:22], "little")
    says = "has something else behind its end" if is_followed else "is cut short: its end is missing"
    says += ". Copy it again, or export it again"
    return WorkbookRefused("DAMAGED", f"{path.name} {says}.")


def no_workbook_inside(path: Path, archive: ZipFile) -> WorkbookRefused:
    """The refusal of a zip without the part that every .xlsx has."""
    names = [name for name in archive.namelist() if not name.startswith(MAC_FORK)]
    lower = {name.lower().replace("\\", "/").lstrip("/") for name in names}
    inside = [name for name in names if name.lower().endswith((".xlsx", ".xlsm")) and not name.endswith("/")]
    if BINARY_PART in lower:
        says = f"is a binary workbook (.xlsb): {SAVE_AS}"
    elif "mimetype" in lower and "content.xml" in lower:
        says = f"is an OpenDocument spreadsheet (.ods): {SAVE_AS}"
    elif "index/document.iwa" in lower or any(name.endswith(".iwa") for name in lower):
        says = "is a Numbers document: export it as Excel (.xlsx)"
    elif "word/document.xml" in lower:
        says = "is a Word document: export the workbook itself from the ERP as .xlsx"
    elif "ppt/presentation.xml" in lower:
        says = "is a presentation: export the workbook itself from the ERP as .xlsx"
    elif inside:
        says = f"is a zip that holds {shortened(inside[0].rpartition('/')[2])}: unpack it and give that file"
    else:
        says = "is a zip but no .xlsx workbook: export it from the ERP again"
    return WorkbookRefused("NOT_XLSX", f"{path.name} {says}.")


def _ole(path: Path) -> WorkbookRefused:
    """The refusal of a file in the container of the old format, in which Excel also wraps encrypted workbooks."""
    content = path.read_bytes() if path.stat().st_size < 1 << 20 else _ends(path)
    if any(name in content for name in ENCRYPTED_PARTS):
        says = "is protected by a password: open it in Excel, take the password off (File, Info) and save it as .xlsx"
        return WorkbookRefused("ENCRYPTED", f"{path.name} {says}.")
    if any(name in content for name in OLD_BOOKS):
        return WorkbookRefused("NOT_XLSX", f"{path.name} is an old .xls workbook, whatever its name says: {SAVE_AS}.")
    return WorkbookRefused("ENCRYPTED", f"{path.name} is encrypted or an old .xls: {SAVE_AS}, without a password.")


def _ends(path: Path) -> bytes:
    """The beginning and the end of the file, where the container's directory is."""
    with path.open("rb") as file:
        start = file.read(1 << 19)
        file.seek(-(1 << 19), 2)
        return start + file.read()


def _readable(start: bytes) -> bytes:
    """Text in UTF-8 without a byte order mark, from UTF-8, or from UTF-16 with a byte order mark."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return start.removeprefix(b"\xef\xbb\xbf")


def _text_or_unknown(start: bytes) -> str:
    text = _readable(start)
    if b"\x00" in text:
        known = "is not an .xlsx workbook, nor anything else that is known here"
        return f"{known}: export it from the ERP as .xlsx"
    line = text.splitlines()[0] if text.splitlines() else b""
    if any(separator in line for separator in (b";", b",", b"\t", b"|")):
        return "is a text file (CSV), whatever its name says: export it from the ERP as .xlsx, not as CSV"
    return "is a text file and no .xlsx workbook: export it from the ERP as .xlsx"

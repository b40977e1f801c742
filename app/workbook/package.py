"""The .xlsx as a zip of XML: what must hold of it before any reader opens it.

Damaged, encrypted, too large when expanded, or carrying a DTD: such a file is refused here with one sentence.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.workbook.errors import WorkbookRefused
from app.workbook.recognition import LOOKED_AT_BYTES, cut_short, no_workbook_inside, not_xlsx, refuse_by_name

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""The only ways of compression that an .xlsx may use."""
PROLOG_BYTES = 4096
IS_ENCRYPTED = 0x1
LONGEST_REASON = 100
"""A broken zip's own words may hold any number of its bytes."""


def require_package(path: Path, max_expanded_mb: int) -> dict[str, str]:
    """Check the file and return the part of each sheet by the sheet's name, in the workbook's order.

    Raises WorkbookRefused: NOT_FOUND, NOT_XLSX, ENCRYPTED, DAMAGED, UNSAFE_XML or TOO_LARGE.
    """
    refuse_by_name(path)
    start = _first_bytes(path)
    if start[:2] != b"PK":
        raise not_xlsx(path, start)
    if not zipfile.is_zipfile(path):
        raise cut_short(path)
    with damage_refused(path), zipfile.ZipFile(path) as archive:
        _require_entries(archive, path)
        _bound(archive, path, max_expanded_mb)
        _require_no_dtd(archive, path)
        return _parts(archive, path)


@contextmanager
def damage_refused(path: Path, part: str = "") -> Iterator[None]:
    """Turns whatever a broken zip or broken XML raises into WorkbookRefused: DAMAGED or UNSAFE_XML."""
    try:
        yield
    except DefusedXmlException as error:
        raise unsafe(path) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        ParseError,
        OSError,
        KeyError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise damaged(path, error, part) from error


def damaged(path: Path, error: Exception, part: str = "") -> WorkbookRefused:
    """The refusal of a broken file, with the start of what its reader said of it."""
    where = f" in {part}" if part else ""
    reason = " ".join(str(error).split())[:LONGEST_REASON]
    return WorkbookRefused("DAMAGED", f"{path.name} is damaged{where} ({reason}): export it from the ERP again.")


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LOOKED_AT_BYTES)
    except OSError as error:
        raise WorkbookRefused("NOT_FOUND", f"{path} cannot be read ({error.strerror}): check the path.") from error


def unsafe(path: Path) -> WorkbookRefused:
    """The refusal of a file whose XML could name or make more than it holds."""
    return WorkbookRefused(
        "UNSAFE_XML", f"{path.name} declares XML entities or a DTD, which no ERP export does: it is not read."
    )


def _require_entries(archive: zipfile.ZipFile, path: Path) -> None:
    names = archive.namelist()
    if WORKBOOK not in names:
        raise no_workbook_inside(path, archive)
    if len(names) != len(set(names)):
        raise zipfile.BadZipFile("a part stands in it twice")
    for entry in archive.infolist():
        if entry.flag_bits & IS_ENCRYPTED:
            raise WorkbookRefused("ENCRYPTED", f"{path.name} is encrypted: save it as .xlsx without a password.")
        if entry.compress_type not in METHODS:
            raise zipfile.BadZipFile(f"{entry.filename} is compressed in a way that no .xlsx uses")


def _bound(archive: zipfile.ZipFile, path: Path, max_expanded_mb: int) -> None:
    expanded = sum(entry.file_size for entry in archive.infolist())
    if expanded > max_expanded_mb * 1_000_000:
        raise WorkbookRefused(
            "TOO_LARGE",
            f"{path.name} expands to {expanded / 1e6:,.0f} MB, over the limit of {max_expanded_mb:,} MB: "
            "raise MAX_EXPANDED_MB if it is meant.",
        )


def _require_no_dtd(archive: zipfile.ZipFile, path: Path) -> None:
    """A DTD stands before a document's first element, so its start is enough to see."""
    for entry in archive.infolist():
        if entry.filename.lower().endswith((".xml", ".rels")):
            with archive.open(entry) as file:
                if b"<!DOCTYPE" in file.read(PROLOG_BYTES):
                    raise unsafe(path)


def _parts(archive: zipfile.ZipFile, path: Path) -> dict[str, str]:
    relations = fromstring(archive.read(RELATIONS), forbid_dtd=True)
    target = {relation.get("Id"): str(relation.get("Target")) for relation in relations}
    found = {}
    for sheet in fromstring(archive.read(WORKBOOK), forbid_dtd=True).iterfind(".//{*}sheet"):
        part = target[_relation_of(sheet)]
        part = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
        archive.getinfo(part)
        found[str(sheet.get("name"))] = part
    return found


def _relation_of(sheet: Element) -> str:
    """The sheet's r:id, in the transitional and in the strict form of the format."""
    for name, value in sheet.attrib.items():
        if name.endswith("}id"):
            return value
    raise ValueError(f"sheet {sheet.get('name')} names no part")

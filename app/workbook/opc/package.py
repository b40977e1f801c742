"""The .xlsx as a zip of XML: requirements that are checked before anything is read, and the places of its parts.

A damaged, encrypted or too large file, or one with a DTD, is refused here with one sentence.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers.expat import ExpatError

from app.workbook.errors import WorkbookRefused, shown_name
from app.workbook.opc.digest import require_file, unreadable_refused
from app.workbook.opc.layout import Layout, part_names, workbook_layout
from app.workbook.opc.parts import require_safe_beginnings
from app.workbook.opc.recognition import LOOKED_AT_BYTES, cut_short, no_workbook_inside, not_xlsx, refuse_by_name
from app.workbook.opc.xml_walk import DeclaresEntities

METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""The compression methods that an .xlsx may use."""
IS_ENCRYPTED = 0x1
LONGEST_MARK_BYTES = 4
"""Length of the signature of a split zip, which some writers put before an ordinary one."""
LONGEST_REASON = 100
"""Most characters shown of a zip reader's message, which may contain bytes of the file."""


def require_package(path: Path, max_expanded_mb: int) -> Layout:
    """Check the file and return where its sheets, texts and formats lie.

    Raises WorkbookRefused: NOT_FOUND, NOT_XLSX, ENCRYPTED, DAMAGED, UNSAFE_XML or TOO_LARGE.
    """
    refuse_by_name(path)
    start = _first_bytes(path)
    if start[:2] != b"PK":
        raise not_xlsx(path, start)
    if not zipfile.is_zipfile(path):
        raise cut_short(path)
    with damage_refused(path), zipfile.ZipFile(path) as archive:
        _require_beginning(archive)
        names = _require_entries(archive, path)
        _bound(archive, path, max_expanded_mb)
        require_safe_beginnings(archive)
        layout = workbook_layout(archive, names)
        if layout is None:
            raise no_workbook_inside(path, archive)
    return layout


@contextmanager
def damage_refused(path: Path, part: str = "") -> Iterator[None]:
    """Convert errors of a broken zip or broken XML to WorkbookRefused: DAMAGED or UNSAFE_XML."""
    try:
        yield
    except DeclaresEntities as error:
        raise unsafe(path) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        ExpatError,
        OSError,
        LookupError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise damaged(path, error, part) from error


def damaged(path: Path, error: Exception, part: str = "") -> WorkbookRefused:
    """The refusal of a broken file, with the start of the reader's message."""
    where = f" in {part}" if part else ""
    reason = " ".join(str(error).split())[:LONGEST_REASON]
    return WorkbookRefused("DAMAGED", f"{shown_name(path)} is damaged{where} ({reason}): export it from the ERP again.")


def _first_bytes(path: Path) -> bytes:
    require_file(path)
    with unreadable_refused(path), path.open("rb") as file:
        return file.read(LOOKED_AT_BYTES)


def unsafe(path: Path) -> WorkbookRefused:
    """The refusal of a file with a DTD."""
    return WorkbookRefused(
        "UNSAFE_XML", f"{shown_name(path)} declares XML entities or a DTD, which no ERP export does: it is not read."
    )


def _require_beginning(archive: zipfile.ZipFile) -> None:
    """Raises BadZipFile when the zip does not begin at the file's beginning: readers differ on such files."""
    if min((entry.header_offset for entry in archive.infolist()), default=0) > LONGEST_MARK_BYTES:
        raise zipfile.BadZipFile("something stands before it, perhaps another zip")


def _require_entries(archive: zipfile.ZipFile, path: Path) -> dict[str, str]:
    for entry in archive.infolist():
        if entry.flag_bits & IS_ENCRYPTED:
            raise WorkbookRefused("ENCRYPTED", f"{shown_name(path)} is encrypted: save it as .xlsx without a password.")
        if entry.compress_type not in METHODS:
            raise zipfile.BadZipFile(f"{entry.filename} is compressed in a way that no .xlsx uses")
    return part_names(archive)


def _bound(archive: zipfile.ZipFile, path: Path, max_expanded_mb: int) -> None:
    expanded = sum(entry.file_size for entry in archive.infolist())
    if expanded > max_expanded_mb * 1_000_000:
        raise WorkbookRefused(
            "TOO_LARGE",
            f"{shown_name(path)} expands to {expanded / 1e6:,.0f} MB, over the limit of {max_expanded_mb:,} MB: "
            "raise MAX_EXPANDED_MB if it is meant.",
        )

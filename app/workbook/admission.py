"""May a file that a stranger sent be queued as a workbook? Asked before anything of it is kept.

More than the ingestion's own first look: every part is expanded, in small pieces and to nowhere, so that a package
that lies about its size, is damaged anywhere or declares entities is refused while its sender still listens.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from app.workbook.bounded import bounded
from app.workbook.checking import require_sheets
from app.workbook.contract import SHEETS
from app.workbook.errors import shown_name
from app.workbook.layout import require_unambiguous
from app.workbook.package import damage_refused, require_package, unsafe

PIECE_BYTES = 1 << 20
DECLARATIONS = tuple(
    text.encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be") for text in ("<!DOCTYPE", "<!ENTITY")
)
LONGEST = max(map(len, DECLARATIONS))
WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, "<".encode("utf-32-le"), "<".encode("utf-32-be"))
"""How XML in four bytes a character begins; nobody writes it, and no reader here is asked to read it."""


def admit(path: Path, max_expanded_mb: int) -> None:
    """Raises WorkbookRefused: NOT_FOUND, NOT_XLSX, ENCRYPTED, DAMAGED, UNSAFE_XML, TOO_LARGE, TOO_DEMANDING,
    DUPLICATE_SHEET or MISSING_SHEET."""
    for _ in bounded(__name__, "admit_here", path, max_expanded_mb):
        pass


def admit_here(path: Path, max_expanded_mb: int) -> Iterator[None]:
    """The same in this process; yields nothing."""
    layout = require_package(path, max_expanded_mb)
    require_unambiguous(shown_name(path), layout, [sheet.name for sheet in SHEETS])
    require_sheets(shown_name(path), layout.sheets)
    with damage_refused(path), ZipFile(path) as archive:
        for name in archive.namelist():
            _expand(archive, name, path)
    yield from ()


def _expand(archive: ZipFile, name: str, path: Path) -> None:
    """Read a part to its end, which checks its length and its checksum: one byte beyond what it says, so that more
    than that is seen, which the checksum of a liar's first bytes would hide."""
    is_xml = name.lower().endswith((".xml", ".rels"))
    entry = copy(archive.getinfo(name))
    said, entry.file_size = entry.file_size, entry.file_size + 1
    length = 0
    with archive.open(entry) as file:
        before = b""
        while piece := file.read(PIECE_BYTES):
            length += len(piece)
            if is_xml and (
                (not before and piece.startswith(WIDE)) or any(text in before + piece for text in DECLARATIONS)
            ):
                raise unsafe(path)
            before = piece[-LONGEST:]
    if length != said:
        raise BadZipFile(f"{name} is not as long as it says")

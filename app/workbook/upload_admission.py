"""Decides whether an uploaded file may be queued as a workbook.

More than the ingestion's first check: every part is decompressed in small pieces that are discarded, so that a package
that states a wrong size, is damaged anywhere or declares entities is refused in the answer to the upload.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from app.contract import SHEETS
from app.workbook.bounds.bounded import bounded
from app.workbook.errors import shown_name
from app.workbook.judging.contract_checking import require_sheets
from app.workbook.opc.layout import require_unambiguous
from app.workbook.opc.package import damage_refused, require_package
from app.workbook.opc.parts import require_whole_parts


def admit(path: Path, max_expanded_mb: int) -> None:
    """Raises WorkbookRefused: NOT_FOUND, NOT_XLSX, ENCRYPTED, DAMAGED, UNSAFE_XML, TOO_LARGE, TOO_DEMANDING,
    DUPLICATE_SHEET or MISSING_SHEET."""
    for _ in bounded(__name__, "admit_here", path, max_expanded_mb):
        pass


def admit_here(path: Path, max_expanded_mb: int) -> Iterator[None]:
    """Check the file in this process; yields nothing."""
    layout = require_package(path, max_expanded_mb)
    require_unambiguous(shown_name(path), layout, [sheet.name for sheet in SHEETS])
    require_sheets(shown_name(path), layout.sheets)
    with damage_refused(path), ZipFile(path) as archive:
        require_whole_parts(archive, archive.namelist())
    yield from ()

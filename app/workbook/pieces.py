"""A large sheet in pieces that are read apart from each other, by any process, with the result of reading it whole.

A piece is a workbook of its own, small enough to be in memory: the package's other parts, and the sheet's XML with only
some of its rows. Cutting keeps every cell's bytes as they are; row numbers stand in the rows themselves.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.workbook.oddities import OddCell, Place
from app.workbook.package import damage_refused
from app.workbook.rowscan import Cuts

CLOSING = b"</sheetData></worksheet>"
LARGEST_SKELETON_BYTES = 4_000_000
"""Every piece is opened with all of the workbook's shared texts; beyond this they would cost more than is won."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one sheet. part: the sheet's place in the package. odd: {(row, column): cell} of these rows."""

    sheet: str
    part: str
    xml: bytes
    odd: dict[Place, OddCell]


def skeleton(path: Path, sheet_parts: set[str]) -> dict[str, bytes] | None:
    """Every part of the package but the sheets, by name; None when they are too large to go with each piece.

    Raises WorkbookRefused (DAMAGED).
    """
    with damage_refused(path), zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename not in sheet_parts]
        if sum(entry.file_size for entry in entries) > LARGEST_SKELETON_BYTES:
            return None
        return {entry.filename: archive.read(entry) for entry in entries}


def cut(path: Path, sheet: str, part: str, cuts: Cuts, odd: Mapping[Place, OddCell]) -> Iterator[Piece]:
    """The sheet's pieces in their order; the header row is the first row of the first. Raises WorkbookRefused."""
    ends = [*cuts.starts[1:], cuts.end]
    beyond = [*cuts.first_rows[1:], 1 << 62]
    with damage_refused(path, part), zipfile.ZipFile(path) as archive, archive.open(part) as file:
        head = _exactly(file.read(cuts.starts[0]), cuts.starts[0])
        for start, end, first, after in zip(cuts.starts, ends, cuts.first_rows, beyond, strict=True):
            rows = _exactly(file.read(end - start), end - start)
            mine = {place: cell for place, cell in odd.items() if first <= place[0] < after} if odd else {}
            yield Piece(sheet, part, head + rows + CLOSING, mine)


def package(parts: Mapping[str, bytes], piece: Piece) -> io.BytesIO:
    """The piece as a workbook."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        archive.writestr(piece.part, piece.xml)
    content.seek(0)
    return content


def _exactly(found: bytes, size: int) -> bytes:
    if len(found) != size:
        raise EOFError("it ends too early")
    return found

"""A case: a few changes of the base workbook, and the expected outcome of reading and of ingesting it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.corpus.base import PART_OF, base_parts, sheet_xml, write_parts

READ, REJECTED, REFUSED = "read", "rejected", "refused"


@dataclass(frozen=True)
class Case:
    """group, name: what kind of file it is, in words of the data owner's page. code: of the refusal. says: parts of its
    sentence. rows: the code of each refused row, by sheet and Excel row.

    The recipe, applied in this order: cells replaced by (sheet, row, header); (old, new) in the XML of a sheet or of a
    part, each of which must be there; parts replaced, added or, with None, left out; the finished file's bytes changed.
    made: makes whatever lies at the file's path instead of a workbook.

    What an ingestion makes of a workbook that is read: run: the code with which it is refused all the same, run_says:
    parts of that sentence. warned: sheets with which it is published with a warning for refused rows. warnings: code
    and sheet of its other warnings. live: what is live before it.
    """

    group: str
    name: str
    ends: str = READ
    code: str = ""
    says: tuple[str, ...] = ()
    rows: Mapping[tuple[str, int], str] = field(default_factory=dict)
    cells: Mapping[tuple[str, int, str], str] = field(default_factory=dict)
    edits: tuple[tuple[str, str, str], ...] = ()
    parts: Mapping[str, str | bytes | None] = field(default_factory=dict)
    bytes_of: Callable[[bytes], bytes] | None = None
    made: Callable[[Path], object] | None = None
    file_name: str = "book.xlsx"
    run: str = ""
    run_says: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    live: Case | None = None

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets that the case changes; all of them when it changes the package, or nothing that is known."""
        parts = {PART_OF.get(part, part) for part, _, _ in self.edits} | set(self.parts)
        parts |= {PART_OF[sheet] for sheet, _, _ in self.cells}
        if self.bytes_of is not None or not parts or not parts <= set(PART_OF.values()):
            return tuple(PART_OF)
        return tuple(sheet for sheet, part in PART_OF.items() if part in parts)

    def write(self, folder: Path) -> Path:
        """The case's file."""
        path = folder / self.file_name
        if self.made is not None:
            self.made(path)
            return path
        parts: dict[str, str | bytes] = dict(base_parts())
        for sheet in {sheet for sheet, _, _ in self.cells}:
            changed: dict[int, dict[str, str]] = {}
            for (one, number, header), cell in self.cells.items():
                if one == sheet:
                    changed.setdefault(number, {})[header] = cell
            parts[PART_OF[sheet]] = sheet_xml(sheet, changed)
        for part, old, new in self.edits:
            name = PART_OF.get(part, part)
            before = parts[name]
            assert isinstance(before, str)
            assert old in before, (self.name, old)
            parts[name] = before.replace(old, new, 1)
        for name, content in self.parts.items():
            if content is None:
                del parts[name]
            else:
                parts[name] = content
        write_parts(path, parts)
        if self.bytes_of is not None:
            path.write_bytes(self.bytes_of(path.read_bytes()))
        return path


def zipped(name: str, content: bytes = b"", names: tuple[str, ...] = ()) -> bytes:
    """A zip with this entry, if it has a name, and empty ones of other names."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        if name:
            archive.writestr(name, content)
        for other in names:
            archive.writestr(other, b"")
    return held.getvalue()

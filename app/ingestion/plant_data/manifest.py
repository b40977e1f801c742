"""The manifest of an export: its plant, its moment and its tables with their checksums."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """One table of the export: its file there, its columns, rows and checksum."""

    table: str
    file: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Exported:
    """Contents of an export."""

    plant: str
    revision: str
    exported_at: dt.datetime
    requested_by: str
    live_run_id: int | None
    snapshots: tuple[int, ...]
    tables: tuple[ExportedTable, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def as_dict(self) -> dict[str, Any]:
        """The manifest."""
        return {
            "format": FORMAT,
            "plant": self.plant,
            "revision": self.revision,
            "exported_at": self.exported_at.isoformat(),
            "requested_by": self.requested_by,
            "live_run_id": self.live_run_id,
            "snapshots": list(self.snapshots),
            "tables": [
                {"table": one.table, "file": one.file, "columns": one.columns, "rows": one.rows, "sha256": one.sha256}
                for one in self.tables
            ],
        }

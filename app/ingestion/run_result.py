"""Results of an ingestion, a publication and a retention."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.contract.sheet_counts import SheetCounts

Progress = Callable[[str, int, int | None], None]
"""Called as (step, done, total or None): extract counts rows; load and merge count sheets; validate is 0 of 1 as it
begins; publish is 0 of 2 once the run is validated, 1 when it is committed but not live, 2 when all is done."""

MANY_SNAPSHOTS = 100
"""Number of snapshots in one database from which on a warning is given.

At 100 snapshots, dropping the schema needs more locks than a server has by default, and each statement that names no
run is planned over all of them.
"""

PUBLISHED, NO_OP, DRY_RUN, REFUSED = "PUBLISHED", "NO_OP", "DRY_RUN", "REFUSED"


@dataclass(frozen=True, slots=True)
class Retained:
    """Outcome of one retention: the runs kept, dropped, and postponed because they are being read.

    readers: holders of any snapshot's tables when a run was postponed, such as "an ingestion of plant north".
    snapshots_in_database: of all plants, afterwards.
    """

    kept: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    postponed: tuple[int, ...] = ()
    readers: tuple[str, ...] = ()
    snapshots_in_database: int = 0

    @property
    def exit_code(self) -> int:
        """0: no superfluous snapshot is left. 1: one is left, because it is being read."""
        return 1 if self.postponed else 0

    def as_dict(self) -> dict[str, Any]:
        """The object that `retain --json` prints, and that `ingest --json` has as `retention`."""
        return {
            "kept": list(self.kept),
            "dropped": list(self.dropped),
            "postponed": list(self.postponed),
            "readers": list(self.readers),
            "snapshots_in_database": self.snapshots_in_database,
        }


@dataclass(frozen=True, slots=True)
class Published:
    """Outcome of a rollback: which run is live now and which was before, and the latest event of each."""

    plant: str
    run_id: int
    previous_run_id: int | None
    excel_sha256: str
    as_of: dt.datetime | None = None
    previous_as_of: dt.datetime | None = None

    @property
    def is_older(self) -> bool:
        """True if the live run is of an older export than the one before."""
        return self.previous_as_of is not None and (self.as_of is None or self.as_of < self.previous_as_of)


@dataclass(frozen=True, slots=True)
class IngestionResult:
    """One ingestion.

    For a NO_OP, run_id is the live run that already holds this workbook, and sheets are its counts. phases_s: seconds
    per ingestion step. previous_run_id: the live run before, None at a first load. warnings: about sheets, with the
    reasons. refusal: the reason in a REFUSED run's report; callers get it as an exception. retained: outcome of the
    retention after the publication. identical_to_previous: content equals the snapshot before, by key and by every
    column.
    """

    run_id: int
    plant: str
    excel_sha256: str
    workbook_name: str
    status: str
    sheets: tuple[SheetCounts, ...]
    phases_s: dict[str, float]
    previous_run_id: int | None = None
    gates: tuple[dict[str, Any], ...] = ()
    data_quality: tuple[dict[str, Any], ...] = ()
    warnings: tuple[dict[str, Any], ...] = ()
    refusal: str | None = None
    retained: Retained = field(default_factory=Retained)

    @property
    def exit_code(self) -> int:
        """0: reconciled, NO-OP, or a dry run that reconciled. Every other outcome is an exception."""
        return 0

    @property
    def identical_to_previous(self) -> bool:
        """True when a snapshot was live before and no row differs from it."""
        return self.previous_run_id is not None and not any(
            sheet.inserted or sheet.updated or sheet.deleted for sheet in self.sheets
        )

    def as_dict(self) -> dict[str, Any]:
        """The object in ingestion_report.json; `ingest --json` adds the retention."""
        return {
            "run_id": self.run_id,
            "excel_sha256": self.excel_sha256,
            "status": self.status,
            "plant": self.plant,
            "workbook": self.workbook_name,
            "previous_run_id": self.previous_run_id,
            "identical_to_previous": self.identical_to_previous,
            "sheets": [sheet.as_dict() for sheet in self.sheets],
            "feature_gates": list(self.gates),
            "data_quality_issues": list(self.data_quality),
            "warnings": list(self.warnings),
            "refusal": self.refusal,
            "phases_s": {name: round(seconds, 4) for name, seconds in self.phases_s.items()},
        }

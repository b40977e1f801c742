"""Writes the reports of a run under temporary names inside its transaction, and renames them after the commit.

So a full disk stops the run before it is published, and a failed run leaves no report. The list of refused rows, which
may take half a minute, is written after the run's end, while another run may begin.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from app.ingestion.reading.extraction import Extracted
from app.ingestion.run_result import IngestionResult
from app.ingestion.sheets.relationships import Measured

REJECTED_ROWS, REJECTED_CSV = "rejected_rows.xlsx", "rejected_rows.csv"
FEATURE_GATES = "FEATURE_GATES.json"
STAGED = re.compile(r"\.[A-Za-z_]+\.(json|xlsx|csv)\.(?P<pid>[0-9]+)\.tmp")
DIFFERENCE = ("inserted", "updated", "unchanged", "deleted")


class ReportFolder:
    """Files staged in one folder; those that are not released are removed when the block ends.

    Not by app.files, which renames each file once it is written: these are renamed together, after the commit.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._staged: dict[Path, Path] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            remove_left_behind(folder)

    def __enter__(self) -> ReportFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for temporary in self._staged:
            temporary.unlink(missing_ok=True)

    def stage(self, name: str) -> Path | None:
        """The temporary path to write this report to; None when no reports are wanted."""
        if self._folder is None:
            return None
        temporary = self._folder / f".{name}.{os.getpid()}.tmp"
        self._staged[temporary] = self._folder / name
        return temporary

    def stage_json(self, name: str, record: Mapping[str, Any]) -> None:
        """Stage one object as JSON."""
        path = self.stage(name)
        if path is not None:
            path.write_text(json.dumps(record, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")

    def remove(self, *names: str) -> None:
        """Remove reports of an earlier run, if there are any."""
        if self._folder is not None:
            for name in names:
                (self._folder / name).unlink(missing_ok=True)

    def release(self) -> None:
        """Rename every staged file to its final name."""
        for temporary, path in list(self._staged.items()):
            temporary.replace(path)
            del self._staged[temporary]


def remove_left_behind(folder: Path) -> None:
    """Remove staged files of killed runs: the name of each has the pid of a process that has ended."""
    for path in folder.glob(".*.tmp"):
        found = STAGED.fullmatch(path.name)
        if found is None:
            continue
        try:
            os.kill(int(found["pid"]), 0)
        except (ProcessLookupError, OverflowError):
            with suppress(OSError):  # another run was quicker, or it is not ours to remove
                path.unlink()
        except OSError:
            continue  # another user's process


def import_writers() -> None:
    """Import what `stage_rejects` needs: a tenth of a second, to be spent while the server has work and this process
    none."""
    import app.ingestion.reports.rejected_csv
    import app.ingestion.reports.rejected_workbook  # noqa: F401


def stage_rejects(reports: ReportFolder, connection: sa.Connection, result: IngestionResult) -> None:
    """Stage rejected_rows.xlsx and, where there are more refused rows than it lists, rejected_rows.csv."""
    rejected = reports.stage(REJECTED_ROWS)
    if rejected is None:
        return
    from app.ingestion.reports.rejected_csv import write_rejected_csv
    from app.ingestion.reports.rejected_workbook import write_rejected_rows

    def read(statement: sa.Select[Any], wanted: Mapping[str, object]) -> Sequence[Any]:
        return connection.execute(statement, wanted).all()

    left_out = write_rejected_rows(read, rejected, run_id=result.run_id, excel_sha256=result.excel_sha256)
    whole = reports.stage(REJECTED_CSV) if left_out else None
    if whole is not None:
        write_rejected_csv(connection, whole, result.run_id)


def stage_reports(
    reports: ReportFolder,
    result: IngestionResult,
    extracted: Iterable[Extracted],
    measured: Iterable[Measured],
    gates_document: Mapping[str, Any],
) -> None:
    """Stage the JSON reports of a run that reconciled; each names run_id and excel_sha256.

    One that was refused has no gates: a file of gates says what the live data support.
    """
    subject = {"run_id": result.run_id, "excel_sha256": result.excel_sha256, "plant": result.plant}
    reports.stage_json(
        "extraction_report.json",
        {**subject, "workbook": result.workbook_name, "sheets": [sheet.as_dict() for sheet in extracted]},
    )
    for name, dropped in (
        ("load_report.json", {"rows_merged", "rows_rejected", "rejects_by_reason", *DIFFERENCE}),
        ("merge_report.json", {"rows_extracted"}),
    ):
        sheets = [
            {field: value for field, value in counts.as_dict().items() if field not in dropped}
            for counts in result.sheets
        ]
        reports.stage_json(name, {**subject, "previous_run_id": result.previous_run_id, "sheets": sheets})
    reports.stage_json(
        "RELATIONSHIPS_REPORT.json", {**subject, "relationships": [relationship.as_dict() for relationship in measured]}
    )
    if result.refusal is None:
        reports.stage_json(FEATURE_GATES, gates_document)
    reports.stage_json("ingestion_report.json", result.as_dict())

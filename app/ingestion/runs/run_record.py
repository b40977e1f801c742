"""The record of a run, committed before anything else is done, and the end of runs whose process died."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.contract import SHEETS
from app.ingestion.reconciliation import SheetCounts

MAX_REASON_LENGTH = 2_000
"""A refusal names the reason of each sheet, and ends with what to do."""

REFUSED_RUNS_WITH_ROWS = 3
"""Refused runs of a plant, the latest ones, whose refused rows are kept."""
DIED = "the process or its connection ended before the run did"
CHILDREN = (
    "core.snapshot_facts",
    "audit.ingestion_sheets",
    "audit.rejected_rows",
    "audit.relationships",
    "audit.feature_gates",
    "audit.data_quality_issues",
)
"""Tables, other than ingestion_runs, that hold rows of a run."""


def one_line(error: BaseException) -> str:
    """The reason in one line, without row contents: of a database error only its SQLSTATE and primary message.

    Of a file only its name: who reads this over the API need not know where it lies.
    """
    original: Any = getattr(error, "orig", None) or error
    diagnosis = getattr(original, "diag", None)
    if diagnosis is not None and diagnosis.message_primary:
        return f"SQLSTATE {original.pgcode}: {diagnosis.message_primary}"[:MAX_REASON_LENGTH]
    if isinstance(original, OSError) and original.strerror and original.filename:
        return f"{original.strerror}: {Path(str(original.filename)).name}"[:MAX_REASON_LENGTH]
    text = " ".join(str(original).split())
    return (text or type(original).__name__)[:MAX_REASON_LENGTH]


def open_run(
    connection: sa.Connection,
    *,
    plant: str,
    sha256: str,
    workbook_name: str,
    requested_by: str,
    reserved: int | None = None,
) -> int:
    """Write the RUNNING record with the backend's process id; returns the run_id. The caller commits.

    reserved: the run_id that a request has held since it was asked.
    """
    values: dict[str, object] = {
        "plant": plant,
        "excel_sha256": sha256,
        "workbook_name": workbook_name,
        "requested_by": requested_by,
    }
    if reserved is not None:
        values["run_id"] = reserved
    statement = sa.text(
        f"INSERT INTO audit.ingestion_runs ({', '.join(values)}, status, backend_pid)"
        f" VALUES ({', '.join(f':{name}' for name in values)}, 'RUNNING', pg_backend_pid()) RETURNING run_id"
    )
    run_id: int = connection.execute(statement, values).scalar_one()
    return run_id


def close_run(connection: sa.Connection, run_id: int) -> None:
    """End the RUNNING record of a run that is live now. The caller commits."""
    connection.execute(
        sa.text(
            "UPDATE audit.ingestion_runs SET status = 'PUBLISHED', finished_at = clock_timestamp()"
            " WHERE run_id = :run_id AND status = 'RUNNING'"
        ),
        {"run_id": run_id},
    )


def fail_runs(connection: sa.Connection, run_ids: Iterable[int], status: str, reason: str) -> None:
    """End RUNNING records as FAILED or REFUSED; one that has ended already is left alone. The caller commits.

    A run's data lived in a transaction that is rolled back, or was committed and never became live: then what it
    told of itself is removed here, and retention drops its partitions.
    """
    ended = connection.execute(
        sa.text(
            "UPDATE audit.ingestion_runs SET status = :status, failure = :reason, finished_at = clock_timestamp()"
            " WHERE run_id = ANY(:run_ids) AND status = 'RUNNING' RETURNING run_id"
        ),
        {"run_ids": list(run_ids), "status": status, "reason": reason},
    )
    gone = [row.run_id for row in ended]
    for table in CHILDREN if gone else ():
        connection.execute(sa.text(f"DELETE FROM {table} WHERE run_id = ANY(:gone)"), {"gone": gone})


def refuse_run(connection: sa.Connection, run_id: int, reason: str) -> None:
    """End the RUNNING record of a run that reconciled and must not be published. The caller commits.

    What it told of itself stays, so that its report and its refused rows can be fetched; those of the plant's earlier
    refused runs go, but for the latest few.
    """
    connection.execute(
        sa.text(
            "UPDATE audit.ingestion_runs SET status = 'REFUSED', failure = :reason, finished_at = clock_timestamp()"
            " WHERE run_id = :run_id AND status = 'RUNNING'"
        ),
        {"run_id": run_id, "reason": reason},
    )
    connection.execute(sa.text("DELETE FROM core.snapshot_facts WHERE run_id = :run_id"), {"run_id": run_id})
    connection.execute(
        sa.text(
            "DELETE FROM audit.rejected_rows WHERE run_id IN (SELECT run_id FROM audit.ingestion_runs WHERE plant ="
            " (SELECT plant FROM audit.ingestion_runs WHERE run_id = :run_id) AND status = 'REFUSED'"
            " ORDER BY run_id DESC OFFSET :kept)"
        ),
        {"run_id": run_id, "kept": REFUSED_RUNS_WITH_ROWS},
    )


def bury_dead_runs(connection: sa.Connection, plant: str) -> None:
    """Mark the plant's RUNNING records FAILED; the caller holds the plant's lock, so no such run is going on."""
    rows = connection.execute(
        sa.text("SELECT run_id FROM audit.ingestion_runs WHERE plant = :plant AND status = 'RUNNING'"), {"plant": plant}
    )
    fail_runs(connection, [row.run_id for row in rows], "FAILED", DIED)


def record_phases(connection: sa.Connection, run_id: int, phases_s: Mapping[str, float]) -> None:
    """Keep the duration of each phase, in seconds."""
    connection.execute(
        sa.text("UPDATE audit.ingestion_runs SET phases_s = CAST(:phases AS jsonb) WHERE run_id = :run_id"),
        {"run_id": run_id, "phases": json.dumps({name: round(seconds, 4) for name, seconds in phases_s.items()})},
    )


def record_sheets(connection: sa.Connection, run_id: int, sheets: Iterable[SheetCounts]) -> None:
    """Keep the reconciled counts of every sheet."""
    connection.execute(
        sa.text(
            "INSERT INTO audit.ingestion_sheets (run_id, sheet, rows_extracted, rows_loaded, rows_merged,"
            " rows_rejected, inserted, updated, unchanged, deleted, rejects_by_reason, sheet_sha256) VALUES (:run_id,"
            " :sheet, :rows_extracted, :rows_loaded, :rows_merged, :rows_rejected, :inserted, :updated, :unchanged,"
            " :deleted, CAST(:reasons AS jsonb), :sheet_sha256)"
        ),
        [{"run_id": run_id, **counts.as_dict(), "reasons": json.dumps(counts.rejects_by_reason)} for counts in sheets],
    )


def recorded_sheets(connection: sa.Connection, run_id: int) -> tuple[SheetCounts, ...]:
    """The counts that an earlier run kept, in the contract's order of sheets."""
    rows = connection.execute(
        sa.text(
            "SELECT sheet, rows_extracted, rows_loaded, rows_merged, rows_rejected, inserted, updated, unchanged,"
            " deleted, rejects_by_reason, sheet_sha256 FROM audit.ingestion_sheets WHERE run_id = :run_id"
            " ORDER BY array_position(CAST(:sheets AS text[]), sheet)"
        ),
        {"run_id": run_id, "sheets": [sheet.name for sheet in SHEETS]},
    )
    return tuple(SheetCounts(**row._mapping) for row in rows)

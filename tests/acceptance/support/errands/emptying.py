"""Workbooks that would empty the factory: what becomes of them, by function, by command and when allowed (C11)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.ingestion.errors import RejectsRefused, RunRefused, ShrinkRefused
from app.workbook.sample.generation import sample_rows
from app.workbook.writing import write_workbook
from tests.acceptance.support.backend import Backend

KEYS_ABSENT, FORMAT_LOST = "keys are absent", "dates lost their format"
ERRORS: dict[str, type[RunRefused]] = {KEYS_ABSENT: ShrinkRefused, FORMAT_LOST: RejectsRefused}
"""The refusal of each case."""


@dataclass(frozen=True)
class Emptying:
    """The ingestion by function: the refusal's code, or a status; its exit code and sentence; the live run after it.

    By command: its exit code, the status on record, how many refused rows are kept, and rejected_rows.xlsx is there.
    When allowed: its status and run, and the live run after it.
    """

    found: str
    exit_code: int
    refusal: str
    kept: int | None
    command_exit_code: int
    status: str
    rejects: int
    lists_rejects: bool
    published_status: str
    published_run: int
    live: int | None


def emptying(case: str, pristine: Backend, small_workbook: Path, folder: Path) -> Emptying:
    """Ingest the case's workbook on a copy of the ingested database. Its reports go into the folder."""
    allowed = {"allow_shrink": True, "allow_older": True, "allow_implausible": True}
    workbook = small_workbook
    if case == FORMAT_LOST:
        workbook = without_date_format(folder / "numbers.xlsx")
        allowed["allow_rejects"] = True
    with pristine.clone() as backend:
        try:
            found, exit_code, told = backend.ingest(workbook).status, 0, ""
        except RunRefused as refusal:
            found, exit_code, told = refusal.code, refusal.exit_code, str(refusal)
        kept = backend.live_run()
        command = backend.app("ingest", workbook, "--reports", str(folder))
        run_id, status = backend.rows("SELECT run_id, status FROM audit.ingestion_runs ORDER BY run_id DESC LIMIT 1")[0]
        rejects = backend.value("SELECT count(*) FROM audit.rejected_rows WHERE run_id = :run", run=run_id)
        published = backend.ingest(workbook, **allowed)
        return Emptying(
            found=found,
            exit_code=exit_code,
            refusal=told,
            kept=kept,
            command_exit_code=command.returncode,
            status=status,
            rejects=rejects,
            lists_rejects=(folder / "rejected_rows.xlsx").exists(),
            published_status=published.status,
            published_run=published.run_id,
            live=backend.live_run(),
        )


def without_date_format(path: Path) -> Path:
    """A small factory whose creation dates are the numbers that Excel shows once a column's format is lost."""
    rows = dict(sample_rows(scale=0.003, seed=11))
    rows["OrdensFabrico"] = [[order, 45_000 + order % 100, *rest] for order, _, *rest in rows["OrdensFabrico"]]
    write_workbook(path, rows)
    return path

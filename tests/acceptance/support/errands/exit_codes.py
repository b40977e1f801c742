"""Ingestions by command, each with the exit code of a sound backend (check C10)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.support.backend import Backend


@dataclass(frozen=True)
class Case:
    """An ingestion by command, the exit code of a sound backend, and a statement that goes before it."""

    name: str
    arguments: list[str | Path]
    expected: int
    before: str = ""


@dataclass(frozen=True)
class Outcome:
    """The end of a case: its exit code, the expected one, a run is live after it, it ended in a traceback."""

    name: str
    exit_code: int
    expected: int
    is_live: bool
    traceback: bool


def exit_codes(backends: Sequence[Backend], small_workbook: Path, folder: Path) -> list[Outcome]:
    """Carry out each case on one of two empty databases: those of a lane one after the other, the lanes at once."""
    broken = folder / "broken.xlsx"
    broken.write_bytes(small_workbook.read_bytes()[:-5_000])
    reports, elsewhere = (["--reports", str(folder / name)] for name in ("reports", "of_refused"))
    revoke = f'REVOKE INSERT ON audit.rejected_rows FROM "{backends[0].roles.ingest}"'
    grant = revoke.replace("REVOKE", "GRANT").replace("FROM", "TO")
    lanes = (
        [
            Case("fails inside", [small_workbook, *reports], 1, revoke),
            Case("reconciles", [small_workbook, *reports], 0, grant),
            Case("is live already", [small_workbook, *reports], 0),
            Case("no workbook named", [], 2),  # the sample may not take the place of the plant's own
        ],
        [
            Case("damaged workbook", [broken, *elsewhere], 3),
            Case("missing workbook", [folder / "none.xlsx", *elsewhere], 3),
        ],
    )
    with ThreadPoolExecutor(len(lanes)) as pool:
        return [outcome for lane in pool.map(carried_out, backends, lanes) for outcome in lane]


def carried_out(backend: Backend, cases: list[Case]) -> list[Outcome]:
    """The cases one after the other."""
    outcomes = []
    for case in cases:
        if case.before:
            with backend.connection() as connection:
                connection.exec_driver_sql(case.before)
        ended = backend.app("ingest", *case.arguments)
        live = backend.live_run() is not None
        outcomes.append(Outcome(case.name, ended.returncode, case.expected, live, "Traceback" in ended.stderr))
    return outcomes

"""The list of runs in the terminal, and the version."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version

from rich.console import Console
from typer.testing import CliRunner

from app.commands.cli import app
from app.commands.listing import shown_runs
from app.ingestion.runs.run_history import IngestionRun

AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def run(
    run_id: int, *, status: str = "PUBLISHED", name: str = "export.xlsx", reason: str | None = None
) -> IngestionRun:
    values: dict[str, object] = dict.fromkeys(IngestionRun.model_fields)
    values |= {"run_id": run_id, "status": status, "is_live": run_id == 2, "workbook_name": name, "started_at": AT}
    values |= {"plant": "main", "excel_sha256": "ab" * 32, "requested_by": "cli", "retryable": False}
    values["failure"] = {"code": None, "detail": reason} if reason else None
    return IngestionRun.model_validate(values)


def printed(*runs: IngestionRun) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(shown_runs("main", list(runs)))
    return capture.get()


def test_live_run_stands_out_and_others_keep_their_state() -> None:
    lines = printed(run(3, status="REFUSED", reason="sheet Fases: no header"), run(2), run(1)).splitlines()
    seen = {
        line.split("│")[1].strip(): [cell.strip() for cell in line.split("│")[2:-1]] for line in lines if "│" in line
    }
    assert [cells[0] for cells in seen.values()] == ["REFUSED", "LIVE", "PUBLISHED"]
    assert seen["3"][-1] == "sheet Fases: no header"


def test_names_of_files_are_no_markup() -> None:
    assert "[red]x[/red].xlsx" in printed(run(1, name="[red]x[/red].xlsx"))


def test_version_is_the_distributions() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout.strip()) == (0, f"prodplan {version('prodplan')}")

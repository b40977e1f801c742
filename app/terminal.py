"""What a command shows in the terminal: tables that a planner understands, and progress with the time left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.database.bootstrap import Bootstrap


def shown_steps(report: Bootstrap) -> Table:
    table = Table("step", "outcome", "detail", title=f"Bootstrap of {report.url.database}, schema at {report.head}")
    for step in report.steps:
        table.add_row(step.name, step.outcome, step.detail)
    return table


def shown_reconciliation(record: dict[str, Any]) -> Table:
    """The final table of an ingestion: nine sheets, what came in, what was kept, what was refused and why."""
    title = f"{record['status']}: run {record['run_id']} of workbook {record['excel_sha256'][:12]}"
    headers = ("sheet", "extracted", "loaded", "merged", "rejected", "new", "changed", "same", "gone", "reasons")
    figures = [f"rows_{name}" for name in headers[1:5]] + ["inserted", "updated", "unchanged", "deleted"]
    table = Table(title=title)
    for header in headers:
        table.add_column(header, justify="right" if header in headers[1:-1] else "left", no_wrap=header != "reasons")
    for sheet in record["sheets"]:
        reasons = ", ".join(f"{code} {count:,}" for code, count in sorted(sheet["rejects_by_reason"].items()))
        table.add_row(sheet["sheet"], *(f"{sheet[figure]:,}" for figure in figures), reasons)
    return table


def shown_gates(document: dict[str, Any]) -> Table:
    """The gates of FEATURE_GATES.json, a row each."""
    table = Table("gate", "status", "match rate", "over", "guards", title=f"Feature gates of run {document['run_id']}")
    for gate in document["gates"]:
        rate = "none" if gate["match_rate"] is None else f"{gate['match_rate']:.4f}"
        table.add_row(gate["gate"], gate["status"], rate, gate["over"], ", ".join(gate["guards"]))
    return table


def shown_retention(plant: str, outcome: dict[str, list[int]]) -> str:
    """What became of a plant's snapshots, a line for each kind."""
    runs = {kind: ", ".join(map(str, numbers)) for kind, numbers in outcome.items()}
    lines = [f"Plant {plant}: dropped {runs['dropped'] or 'nothing'}; kept {runs['kept'] or 'nothing'}."]
    if runs["postponed"]:
        lines.append(f"Still read by somebody, so not dropped: {runs['postponed']}. Run `make retain` again later.")
    return "\n".join(lines)


@contextmanager
def progress_shown(console: Console) -> Iterator[Any]:
    """A progress callback (phase, rows done, rows in total or None) drawn with rate and time left on a terminal."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def show_progress(phase: str, done: int, total: int | None) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
            bars.update(tasks[phase], completed=done, total=total)

        yield show_progress

"""`watch`: ingests each finished export that is laid into a folder, and lays its reports beside it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from app.commands.after_ingestion import gates_before, next_steps
from app.commands.command_database import Database, database_at_head
from app.commands.output import out
from app.commands.tables import shown_warning
from app.commands.watched_folder import WatchedFolder
from app.config import Settings, load_settings

watching = typer.Typer()

RESULTS = "results"
"""Folder beside the exports that holds, for each, a folder with its reports and what became of it."""
OUTCOME = "outcome.txt"


@watching.command("watch")
def watch_command(
    folder: Annotated[
        Path, typer.Argument(help="The folder into which the ERP exports.", file_okay=False, exists=True)
    ],
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 5.0,
    once: Annotated[bool, typer.Option("--once", help="Take the newest finished export, if any, and end.")] = False,
) -> None:
    """Ingest each new export in a folder once it is whole; its refused rows lie in results/NAME/ beside it."""
    settings = load_settings()
    watched = WatchedFolder(folder)
    say(f"Watching {folder}: the newest .xlsx is ingested once it has stopped growing. Ctrl-C stops.")
    with database_at_head(settings) as chosen:
        while True:
            export = next_export(watched)
            if export is not None:
                take(settings, chosen, watched, export)
            if once and (export is not None or watched.is_idle):
                return
            time.sleep(every)


def next_export(watched: WatchedFolder) -> Path | None:
    """The next export; None, with a sentence, while the folder cannot be read, as when a share is away."""
    try:
        return watched.next_export(time.monotonic())
    except OSError as error:
        say(f"{watched.folder} cannot be read ({error.strerror}); it is tried again.")
        return None


def take(settings: Settings, chosen: Database, watched: WatchedFolder, export: Path) -> None:
    """Ingest one export and write what became of it; one that finds the plant busy is tried again at the next look."""
    from app.ingestion.errors import IngestionBusy, IngestionError
    from app.workbook.errors import WorkbookRefused

    results = watched.folder / RESULTS / export.name
    say(f"{export.name}: begun.")
    try:
        sentences = ingested(settings, chosen, export, results)
    except IngestionBusy as busy:
        watched.taken = None
        say(f"{export.name}: {busy}")
        return
    except (IngestionError, WorkbookRefused) as refused:
        sentences = [f"Not published: {refused}"]
    results.mkdir(parents=True, exist_ok=True)
    (results / OUTCOME).write_text("\n".join(sentences) + "\n", encoding="utf-8")
    for sentence in sentences:
        say(f"{export.name}: {sentence}")


def ingested(settings: Settings, chosen: Database, export: Path, results: Path) -> list[str]:
    """Ingest; the sentences that tell what became of it. Raises IngestionError and WorkbookRefused."""
    from app.ingestion.options import Options
    from app.ingestion.pipeline import ingest

    options = Options(
        plant=settings.plant,
        reports_dir=results,
        gates_file=settings.feature_gates_file,
        keep=settings.retention_keep,
        max_expanded_mb=settings.max_expanded_mb,
    )
    result = ingest(chosen.url, export, roles=chosen.roles, options=options)
    rows = sum(sheet.rows_merged for sheet in result.sheets)
    return [
        f"{result.status}: run {result.run_id}, {rows:,} rows.",
        *map(shown_warning, result.warnings),
        *next_steps(result, gates_before(chosen, result), results),
    ]


def say(sentence: str) -> None:
    out.print(sentence, soft_wrap=True, markup=False, highlight=False)

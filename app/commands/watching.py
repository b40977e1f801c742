"""`watch`: ingests each finished export that is laid into a folder, and lays its reports beside it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from app.commands.command_database import Database, database_at_head
from app.commands.output import out
from app.commands.plant_choice import PlantOption, settings_of_plant
from app.commands.speaking import localised
from app.commands.tables import shown_warning
from app.commands.watched_folder import WatchedFolder
from app.config import Settings
from app.database.trouble import explained_database

watching = typer.Typer()

RESULTS = "results"
"""Folder beside the exports that holds, for each, a folder with its reports and what became of it."""
OUTCOME = "outcome.txt"
LONGEST_PAUSE_S = 300.0
"""Most seconds between two tries of one export: each try that gets as far as a run leaves a record of its failure."""


@watching.command("watch")
def watch_command(
    folder: Annotated[
        Path, typer.Argument(help="The folder into which the ERP exports.", file_okay=False, exists=True)
    ],
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 5.0,
    once: Annotated[
        bool, typer.Option("--once", help="Take the newest finished export, if any, and end with its exit code.")
    ] = False,
    plant: PlantOption = None,
) -> None:
    """Ingest each new export in a folder once it is whole; its refused rows lie in results/NAME/ beside it."""
    settings = settings_of_plant(plant)
    watched = WatchedFolder(folder)
    say(f"Watching {folder}: the newest .xlsx is ingested once it has stopped growing. Ctrl-C stops.")
    pause_s = every
    with database_at_head(settings) as chosen:
        while True:
            export = next_export(watched)
            code = 0 if export is None else take(settings, chosen, watched, export)
            if once and (export is not None or watched.is_idle):
                raise typer.Exit(code)
            pause_s = min(pause_s * 2, max(every, LONGEST_PAUSE_S)) if watched.has_failed else every
            time.sleep(pause_s)


def next_export(watched: WatchedFolder) -> Path | None:
    """The next export; None, with a sentence, while the folder cannot be read, as when a share is away."""
    try:
        return watched.next_export(time.monotonic())
    except OSError as error:
        say(f"{watched.folder} cannot be read ({error.strerror}); it is tried again.")
        return None


def take(settings: Settings, chosen: Database, watched: WatchedFolder, export: Path) -> int:
    """Ingest one export and write what became of it; the exit code that `ingest` would have ended with.

    An export that finds the plant busy, the database away or the disk full is tried again at the next look.
    """
    from app.ingestion.errors import IngestionBusy, IngestionError
    from app.ingestion.pipeline import EXPECTED_TROUBLE
    from app.workbook.errors import WorkbookRefused

    results = watched.folder / RESULTS / export.name
    say(f"{export.name}: begun.")
    code = 0
    try:
        sentences = ingested(settings, chosen, export, results)
    except (IngestionBusy, *EXPECTED_TROUBLE) as trouble:
        return try_again(watched, export, trouble)
    except (IngestionError, WorkbookRefused) as refused:
        if isinstance(refused.__cause__, EXPECTED_TROUBLE):
            return try_again(watched, export, refused)
        sentences, code = [localised(f"Not published: {refused}")], refused.exit_code
    try:
        results.mkdir(parents=True, exist_ok=True)
        (results / OUTCOME).write_text("\n".join(sentences) + "\n", encoding="utf-8")
    except OSError as error:
        sentences.append(localised(f"{results / OUTCOME} could not be written ({error.strerror})."))
    for sentence in sentences:
        out.print(f"{export.name}: {sentence}", soft_wrap=True, markup=False, highlight=False)
    return code


def try_again(watched: WatchedFolder, export: Path, trouble: Exception) -> int:
    """Say what stood in the way, and leave the export to the next look; exit code 1."""
    watched.release()
    say(f"{export.name}: {explained_database(trouble) or trouble} It is tried again.")
    return 1


def ingested(settings: Settings, chosen: Database, export: Path, results: Path) -> list[str]:
    """Ingest, and return the sentences that describe the outcome. Raises IngestionError and WorkbookRefused."""
    from app.commands.after_ingestion import gates_before, next_steps
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
    sentences = (
        f"{result.status}: run {result.run_id}, {rows:,} rows.",
        *map(shown_warning, result.warnings),
        *next_steps(result, gates_before(chosen, result), results),
    )
    return list(map(localised, sentences))


def say(sentence: str) -> None:
    out.print(localised(sentence), soft_wrap=True, markup=False, highlight=False)

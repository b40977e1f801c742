"""The command that ingests a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.command_database import Database, database_at_head
from app.commands.output import Json, Workbook, err, out, show
from app.commands.plant_choice import PlantOption, settings_of_plant
from app.commands.speaking import localised
from app.commands.tables import left_behind, progress_shown, shown_reconciliation, shown_warning
from app.config import Settings
from app.plants.directory import output_path
from app.workbook.choosing import found_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.ingestion.run_result import IngestionResult
    from app.workbook.writing import Progress


def ingest_command(
    workbook: Workbook = None,
    force: Annotated[bool, typer.Option(help="Ingest again although this workbook is live.")] = False,
    allow_shrink: Annotated[bool, typer.Option(help="Accept that over 10 % of a table's keys disappear.")] = False,
    allow_rejects: Annotated[bool, typer.Option(help="Accept any number of refused rows.")] = False,
    allow_older: Annotated[bool, typer.Option(help="Accept an export that ends before the live run does.")] = False,
    allow_empty: Annotated[bool, typer.Option(help="Accept a first snapshot without orders.")] = False,
    allow_implausible: Annotated[
        bool, typer.Option(help="Accept values that most rows changed since the live run, or rows that stand twice.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Do everything but publish, then undo it.")] = False,
    reports: Annotated[Path | None, typer.Option(help="Folder of the reports.", show_default="docs/ingestion")] = None,
    plant: PlantOption = None,
    as_json: Json = False,
) -> None:
    """Ingest one workbook. Exit code 0 only if every sheet reconciles, or the workbook is live already.

    Without WORKBOOK: PRODPLAN_WORKBOOK, else the only .xlsx in data/, else a generated sample.
    """
    from app.commands.after_ingestion import gates_before, next_steps
    from app.ingestion.options import Options
    from app.ingestion.pipeline import ingest

    settings = settings_of_plant(plant)
    reports = reports or output_path(settings.plant, Path("docs/ingestion"))
    found = found_workbook(workbook, settings)
    with database_at_head(settings) as chosen, progress_shown(err) as progress:
        result = ingest(
            chosen.url,
            found or sample_to_ingest(settings, chosen, progress),
            roles=chosen.roles,
            options=Options(
                plant=settings.plant,
                force=force,
                allow_shrink=allow_shrink,
                allow_rejects=allow_rejects,
                allow_older=allow_older,
                allow_empty=allow_empty,
                allow_implausible=allow_implausible,
                dry_run=dry_run,
                reports_dir=reports,
                gates_file=settings.feature_gates_file,
                keep=settings.retention_keep,
                max_expanded_mb=settings.max_expanded_mb,
                progress=progress,
            ),
        )
        before = gates_before(chosen, result)
    if as_json:
        show({**result.as_dict(), "retention": result.retained.as_dict()})
    else:
        print_result(result, next_steps(result, before, reports))
    raise typer.Exit(result.exit_code)


def print_result(result: IngestionResult, next_steps: Iterable[str]) -> None:
    """Print the table of the reconciliation, the warnings, and where to look next."""
    out.print(shown_reconciliation(result.as_dict(), out))
    for sentence in (*map(shown_warning, result.warnings), *left_behind(result.retained)):
        out.print(localised(sentence), style="yellow", soft_wrap=True, markup=False, highlight=False)
    for sentence in next_steps:
        out.print(localised(sentence), soft_wrap=True, markup=False, highlight=False)


def sample_to_ingest(settings: Settings, chosen: Database, progress: Progress) -> Path:
    """Make the sample workbook where no other is named. Raises SampleRefused where a plant's own workbook is live."""
    from app.ingestion.runs.plant import require_no_other_workbook
    from app.workbook.choosing import SAMPLE, sample_workbook

    require_no_other_workbook(chosen.url, settings.plant, chosen.roles, SAMPLE)
    sample = sample_workbook(settings.local_dir, progress)
    told = f"No workbook is named or configured, and data/ holds none: ingesting the synthetic sample {sample}."
    err.print(localised(told), markup=False, highlight=False, soft_wrap=True)
    return sample

"""`runs`: the plant's ingestion runs, newest first, with the one that is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.command_database import database_at_head
from app.commands.output import Json, out, show
from app.commands.plant_choice import PlantOption, settings_of_plant
from app.commands.speaking import localised
from app.database.engine import open_engine

if TYPE_CHECKING:
    from rich.table import Table

    from app.ingestion.runs.run_history import IngestionRun

listing = typer.Typer()


@listing.command("runs")
def runs_command(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many runs, the newest.")] = 20,
    before: Annotated[int | None, typer.Option(min=1, help="Only runs with lower numbers.")] = None,
    plant: PlantOption = None,
    as_json: Json = False,
) -> None:
    """List the plant's runs: the live one, and for each its workbook, time and failure."""
    from app.ingestion.runs.run_history import list_runs

    settings = settings_of_plant(plant)
    with (
        database_at_head(settings) as chosen,
        open_engine(chosen.url, role=chosen.roles.api) as engine,
        engine.connect() as connection,
    ):
        found = list_runs(connection, settings.plant, limit=limit, before=before)
    if as_json:
        show({"plant": settings.plant, "runs": [run.model_dump(mode="json") for run in found]})
    elif not found:
        none = f"Plant {settings.plant} has no {'run yet: ingest a workbook first' if before is None else 'such run'}."
        out.print(localised(none), markup=False, highlight=False)
    else:
        out.print(shown_runs(settings.plant, found))


def shown_runs(plant: str, runs: list[IngestionRun]) -> Table:
    """The runs as a table; times are in this machine's time zone."""
    from rich.table import Table
    from rich.text import Text

    headers = map(localised, ("run", "status", "workbook", "asked by", "began", "reason"))
    table = Table(*headers, title=Text(localised(f"Runs of plant {plant}")))
    for run in runs:
        began = run.started_at or run.requested_at
        cells = (
            str(run.run_id),
            "LIVE" if run.is_live else run.status,
            f"{run.workbook_name} {run.excel_sha256[:12]}",
            run.requested_by,
            f"{began.astimezone():%Y-%m-%d %H:%M}" if began else "",
            localised(run.failure.detail) if run.failure else "",
        )
        # Names of files and keys are no markup.
        table.add_row(*map(Text, cells), style="bold" if run.is_live else "")
    return table

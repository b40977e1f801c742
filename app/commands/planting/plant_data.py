"""`plant export` and `plant remove`: a plant's whole data, written into a file or removed."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Annotated

import typer

from app.commands.command_database import database_at_head
from app.commands.output import Json, out, show
from app.commands.plant_choice import settings_of_plant
from app.commands.speaking import localised
from app.config import load_settings

plant_data = typer.Typer()
Name = Annotated[str, typer.Argument(help="The plant's name.")]


@plant_data.command("export")
def export_command(
    name: Name,
    path: Annotated[Path, typer.Option("--out", metavar="FILE", help="The archive to write (.zip), a new file.")],
    as_json: Json = False,
) -> None:
    """Write a plant's whole data into an archive of CSV files with a script that restores it, and record that."""
    from app.ingestion.plant_data.export import export_plant
    from app.ingestion.plant_data.recording import who

    settings = settings_of_plant(name)
    with database_at_head(settings) as chosen:
        exported = export_plant(chosen.url, path, roles=chosen.roles, plant=settings.plant, requested_by=who())
    if as_json:
        show({"file": str(path), **exported.as_dict()})
    else:
        said = (
            f"Plant {exported.plant}: {exported.rows:,} rows of {len(exported.tables)} tables, "
            f"{len(exported.snapshots)} snapshots, in {path}. It holds people's names: keep it accordingly."
        )
        out.print(localised(said), markup=False, highlight=False, soft_wrap=True)


@plant_data.command("remove")
def remove_command(
    name: Name,
    confirmed: Annotated[str | None, typer.Option("--yes", metavar="NAME", help="The plant's name once more.")] = None,
    as_json: Json = False,
) -> None:
    """Remove a plant's whole data, its uploads and its entry in the file of the plants, and record that.

    Its database stays, with the record of the removal.
    """
    from app.ingestion.plant_data.recording import who
    from app.ingestion.plant_data.removal import remove_plant
    from app.ingestion.requests.inbox import Inbox
    from app.plants.taking_out import take_out_plant

    settings = settings_of_plant(name)
    if unicodedata.normalize("NFC", confirmed or "") != settings.plant:
        raise typer.BadParameter(
            f"nothing was removed: to remove all that plant {name} has, say --yes {name!r}", param_hint="--yes"
        )
    with database_at_head(settings) as chosen:
        inbox = Inbox(settings.upload_dir, settings.export_dir)
        removed = remove_plant(chosen.url, roles=chosen.roles, plant=settings.plant, requested_by=who(), inbox=inbox)
    path = load_settings().plants_path
    is_out = take_out_plant(path, settings.plant)
    if as_json:
        told = {"snapshots": removed.snapshots, "uploads": removed.uploads, "rows": removed.rows}
        show({"plant": settings.plant, **told, "other_plants": removed.others, "is_out_of_file": is_out})
        return
    rows = sum(removed.rows.values())
    said = [
        f"Plant {settings.plant} is removed: {removed.snapshots} snapshots, {rows:,} rows, {removed.uploads} uploads."
    ]
    said += [] if is_out else [f"Take its entry out of {path} by hand."]
    said += [] if removed.others else [f"Database {chosen.url.database} holds no other plant's runs."]
    out.print(" ".join(map(localised, said)), markup=False, highlight=False, soft_wrap=True)

"""The option --plant: settings and output paths of the plant that a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.config import Settings, load_settings
from app.plants.directory import OWN_FOLDER, load_directory

PlantOption = Annotated[
    str | None, typer.Option("--plant", metavar="NAME", help="The plant to work on (docs/plants.md); else PLANT.")
]


def settings_of_plant(plant: str | None) -> Settings:
    """The settings for work on the plant, or on the default one. Raises UnknownPlant and PlantsError."""
    return load_directory(load_settings()).settings_of(plant)


def output_path(plant: str, path: Path) -> Path:
    """Default place of a command's output: as given for the default plant, docs/plants/NAME/… for any other."""
    if plant == load_settings().plant:
        return path
    return Path("docs", OWN_FOLDER, plant, *path.parts[1:])

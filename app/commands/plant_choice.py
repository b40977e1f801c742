"""The option --plant: settings of the plant that a command works on."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.output import err
from app.commands.speaking import localised
from app.config import Settings, load_settings
from app.plants.directory import load_directory
from app.plants.exposed_passwords import exposed_passwords
from app.plants.plants_file import PlantsError

PlantOption = Annotated[
    str | None,
    typer.Option("--plant", metavar="NAME", help="The plant to work on (docs/operations/plants.md); else PLANT."),
]


def settings_of_plant(plant: str | None) -> Settings:
    """The settings for work on the plant, or on the default one. Raises UnknownPlant and PlantsError."""
    return load_directory(load_settings()).settings_of(plant)


def settings_of_plants(plants: list[str] | None) -> list[Settings]:
    """The settings of these plants, or of all; one with a faulty entry is named on stderr and left out.

    Raises UnknownPlant, and PlantsError where none is left.
    """
    directory = load_directory(load_settings())
    found, faults = [], []
    for plant in dict.fromkeys(map(directory.require_known, plants or directory.names)):
        try:
            found.append(directory.settings_of(plant))
        except PlantsError as fault:
            faults.append(fault)
            err.print(f"Left out: {fault}", markup=False, highlight=False, soft_wrap=True)
    if not found:
        raise faults[0]
    return found


def warn_of_exposed_passwords() -> None:
    """Say on stderr that others can read the passwords in the file of the plants, if they can."""
    warning = exposed_passwords(load_settings().plants_path)
    if warning is not None:
        err.print(localised(f"Warning: {warning}."), markup=False, highlight=False, soft_wrap=True)

"""`plant list`, `plant add`, `plant migrate`, and those of plant_data: the plants and their databases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.command_database import bootstrapped
from app.commands.output import Json, err, out, show
from app.commands.planting.migration import (
    AT_ONCE,
    FAILED,
    MOST_AT_ONCE,
    Migrated,
    migrate_plants,
    shown_migrations,
)
from app.commands.planting.plant_data import plant_data
from app.commands.planting.plant_states import shown_states, states_of
from app.config import Settings, load_settings
from app.plants.directory import load_directory

planting = typer.Typer(no_args_is_help=True, help="List, add, export or remove plants, or migrate their databases.")
planting.add_typer(plant_data)


@planting.command("list")
def list_command(as_json: Json = False) -> None:
    """List the plants: revision, live run, requests that wait. Exit code 1 if one cannot be asked."""
    directory = load_directory(load_settings())
    states = states_of(directory, directory.names)
    if as_json:
        show({"plants": [state.as_dict() for state in states]})
    else:
        out.print(shown_states(states))
        for state in states:
            if state.trouble:
                err.print(f"{state.plant}: {state.trouble}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if any(state.trouble for state in states) else 0)


@planting.command("add")
def add_command(
    name: Annotated[str, typer.Argument(help="The plant's name.")],
    url: Annotated[
        str | None, typer.Option("--database", help="Its URL, which then stands in the file, password too.")
    ] = None,
    variable: Annotated[str | None, typer.Option("--database-env", help="The environment variable with it.")] = None,
    file: Annotated[Path | None, typer.Option("--database-file", help="The secret file with it.")] = None,
    as_json: Json = False,
) -> None:
    """Make a plant's database, or bring it to head, and add the plant to the file of the plants.

    Without a URL the plant shares the database of the process, with runs and a queue of its own.
    """
    from app.plants.adding import add_plant

    settings = load_settings()
    given = {
        "database_url": url,
        "database_url_env": variable,
        "database_url_file": None if file is None else str(file.absolute()),
    }
    made: dict[str, Any] = {}

    def prepare(of_plant: Settings) -> None:
        report = bootstrapped(of_plant)
        made.update({"database": report.url.database, "head": report.head})

    add_plant(settings, name, {key: value for key, value in given.items() if value is not None}, prepare)
    if as_json:
        show({"plant": name, "file": str(settings.plants_path), **made})
    else:
        said = f"Plant {name} stands in {settings.plants_path}; its database {made['database']} is at {made['head']}."
        out.print(said, markup=False, highlight=False, soft_wrap=True)


@planting.command("migrate")
def migrate_command(
    plants: Annotated[list[str] | None, typer.Option("--plant", help="Only this plant; repeatable.")] = None,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, max=MOST_AT_ONCE, help="Databases that are migrated at once.")
    ] = AT_ONCE,
    as_json: Json = False,
) -> None:
    """Bring every plant's database to head, some at once; one that fails does not stop the rest.

    Can be repeated: a database at head is left unchanged. Exit code 1 if one failed.
    """
    directory = load_directory(load_settings())
    named = list(dict.fromkeys(map(directory.require_known, plants or directory.names)))

    def say(one: Migrated) -> None:
        err.print(f"{one.plant}: {one.outcome}", markup=False, highlight=False)

    done = migrate_plants(directory, named, at_once, say)
    if as_json:
        show({"plants": [one.as_dict() for one in done]})
    else:
        out.print(shown_migrations(done))
    raise typer.Exit(1 if any(one.outcome == FAILED for one in done) else 0)

"""`plant list`, `plant add`, `plant migrate`: the plants and their databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

from app.commands.command_database import Database, bootstrapped, database
from app.commands.output import Json, err, out, show
from app.config import Settings, load_settings
from app.database.errors import DatabaseError
from app.database.trouble import explained_database
from app.database.urls import explicit_url
from app.plants.directory import PlantDirectory, load_directory
from app.plants.plants_file import PlantsError

if TYPE_CHECKING:
    from rich.table import Table

    from app.plants.overview import PlantState

planting = typer.Typer(no_args_is_help=True, help="List the plants, add one, or migrate the databases of all.")
ASKED_AT_ONCE = 8
FAILED = "failed"
SCHEMAS = {
    "AT_HEAD": "at head",
    "BEHIND": "older: plant migrate",
    "NONE": "none: plant migrate",
    "NEWER": "of a newer release",
    "UNKNOWN": "",
}


@dataclass(frozen=True, slots=True)
class Migrated:
    """One plant after the attempt to bring its database to head."""

    plant: str
    outcome: str
    detail: str


@planting.command("list")
def list_command(as_json: Json = False) -> None:
    """List the plants: revision, live run, requests that wait. Exit code 1 if one cannot be asked."""
    states = states_of(load_directory(load_settings()))
    if as_json:
        show({"plants": [state.as_dict() for state in states]})
    else:
        out.print(shown_states(states))
        for state in states:
            if state.trouble:
                err.print(f"{state.plant}: {state.trouble}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if any(state.trouble for state in states) else 0)


def states_of(directory: PlantDirectory) -> list[PlantState]:
    """The state of each plant's database; several are asked at once, each within a connection's bounds."""
    from app.plants.overview import PlantState, state_of

    chosen: dict[str, Database] = {}
    failed: dict[str, PlantState] = {}
    with ExitStack() as stack, ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        for plant in directory.names:
            try:
                chosen[plant] = stack.enter_context(database(directory.settings_of(plant)))
            except (PlantsError, DatabaseError) as error:
                failed[plant] = PlantState(plant, trouble=str(error))
        asked = pool.map(lambda plant: state_of(plant, chosen[plant].url, chosen[plant].roles), chosen)
        states = {state.plant: state for state in asked} | failed
    return [states[plant] for plant in directory.names]


def shown_states(states: list[PlantState]) -> Table:
    """The states as a table; times are in this machine's time zone."""
    from rich.table import Table
    from rich.text import Text

    table = Table("plant", "database", "revision", "schema", "live run", "published", "waiting", title="Plants")
    for state in states:
        live = "" if state.live_run_id is None else f"{state.live_run_id} {state.workbook_name}"
        published = f"{state.published_at.astimezone():%Y-%m-%d %H:%M}" if state.published_at else ""
        oldest = "" if state.oldest_request_s is None else f" since {state.oldest_request_s / 60:.0f} min"
        waiting = "" if state.requests_open is None else f"{state.requests_open}{oldest}"
        schema = "cannot be asked" if state.trouble else SCHEMAS[state.schema]
        cells = (state.plant, state.database, state.revision or "", schema, live, published, waiting)
        table.add_row(*map(Text, cells))
    return table


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
    as_json: Json = False,
) -> None:
    """Bring every plant's database to head, one after the other; one that fails does not stop the rest.

    Can be repeated: a database at head is left unchanged. Exit code 1 if one failed.
    """
    directory = load_directory(load_settings())
    for plant in plants or ():
        directory.require_known(plant)
    done: list[Migrated] = []
    tried: dict[sa.URL | None, Migrated] = {}
    for plant in plants or directory.names:
        done.append(migrated(directory, plant, tried))
        err.print(f"{plant}: {done[-1].outcome}", markup=False, highlight=False)
    if as_json:
        show({"plants": [{"plant": one.plant, "outcome": one.outcome, "detail": one.detail} for one in done]})
    else:
        out.print(shown_migrations(done))
    raise typer.Exit(1 if any(one.outcome == FAILED for one in done) else 0)


def migrated(directory: PlantDirectory, plant: str, tried: dict[sa.URL | None, Migrated]) -> Migrated:
    """Bring one plant's database to head. tried: databases of the plants before; several may share one."""
    try:
        settings = directory.settings_of(plant)
        url = explicit_url(settings)
    except (PlantsError, DatabaseError) as error:
        return Migrated(plant, FAILED, str(error))
    if url in tried:
        before = tried[url]
        return Migrated(plant, FAILED if before.outcome == FAILED else "already", f"shared with plant {before.plant}")
    tried[url] = _brought_to_head(plant, settings)
    return tried[url]


def _brought_to_head(plant: str, settings: Settings) -> Migrated:
    try:
        report = bootstrapped(settings)
    except (DatabaseError, sa.exc.DBAPIError) as error:
        return Migrated(plant, FAILED, explained_database(error) or str(error))
    changed = [step for step in report.steps if step.outcome == "created"]
    detail = ", ".join(f"{step.name}: {step.detail}" for step in changed) or f"at {report.head}"
    return Migrated(plant, "migrated" if changed else "already", detail)


def shown_migrations(done: list[Migrated]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("plant", "outcome", "detail", title="Databases of the plants")
    for one in done:
        table.add_row(*map(Text, (one.plant, one.outcome, one.detail)))
    return table

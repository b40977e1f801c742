"""`python3 -m app …`: one command per step. A user's error is one sentence on stderr, without a traceback.

Exit codes: 0 done (an ingestion: reconciled or NO-OP), 1 failed, 2 wrong usage, 3 workbook refused.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Semaphore
from typing import Annotated

import typer

from app.commands.asking.command import asking
from app.commands.command_database import bootstrapped, database, database_at_head
from app.commands.comparing import comparing
from app.commands.distributing import distributing
from app.commands.ingesting import ingest_command
from app.commands.listing import listing
from app.commands.measuring import measuring
from app.commands.offline import without_database
from app.commands.output import Json, err, open_standard_streams, out, show
from app.commands.plant_choice import (
    PlantOption,
    settings_of_plant,
    settings_of_plants,
    warn_of_exposed_passwords,
)
from app.commands.planting.plant_commands import planting
from app.commands.speaking import OPTION, language_first, localised
from app.commands.spoken_group import PROGRAM, SpokenGroup, speak
from app.commands.tables import (
    shown_gates,
    shown_publication,
    shown_retention,
    shown_steps,
)
from app.commands.triaging import triaging
from app.commands.unwritable import explained
from app.commands.watching import watching
from app.config import load_settings
from app.database.persistent import client_command, down, up
from app.database.trouble import explained_database
from app.database.urls import normalise
from app.ending import ended_by_sigterm
from app.languages.spoken_language import Language
from app.plants.directory import output_path

# Imports that one command alone needs stand in it: no other command waits for the API's framework or the Excel readers.

COMPLETION = frozenset({"--install-completion", "--show-completion"})
app = typer.Typer(cls=SpokenGroup, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(without_database)
app.add_typer(measuring)
app.add_typer(triaging)
app.add_typer(listing)
app.add_typer(comparing)
app.add_typer(asking)
app.add_typer(watching)
app.add_typer(planting, name="plant")
app.add_typer(distributing)


def print_version(asked: bool) -> None:
    """Print the distribution's version and end. Nothing happens unless it was asked for."""
    if asked:
        from importlib.metadata import version

        out.print(f"prodplan {version('prodplan')}", highlight=False)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and end.")
    ] = False,
    language: Annotated[
        Language | None,
        typer.Option(OPTION, callback=speak, is_eager=True, help="Of sentences; else PRODPLAN_LANG, the locale."),
    ] = None,
) -> None:
    """Options before the command; --lang also behind it."""


@app.command("bootstrap")
def bootstrap_command(plant: PlantOption = None, as_json: Json = False) -> None:
    """Make database, roles and schema, or bring them to head; say what was done and what was there."""
    report = bootstrapped(settings_of_plant(plant))
    steps = [{"step": step.name, "outcome": step.outcome, "detail": step.detail} for step in report.steps]
    if as_json:
        show({"database": report.url.database, "head": report.head, "steps": steps})
    else:
        out.print(shown_steps(report))


@app.command("up")
def up_command() -> None:
    """Start the persistent server and keep it running."""
    settings = load_settings()
    started = client_command(settings, up(settings))
    out.print(localised(f"PostgreSQL is up: {started}"), markup=False, highlight=False, soft_wrap=True)


@app.command("down")
def down_command() -> None:
    """Stop the persistent server; its data stay."""
    stopped = down(load_settings())
    out.print(localised("PostgreSQL stopped." if stopped else "PostgreSQL was not running."))


@app.command("migrate-from-zero")
def migrate_from_zero_command(
    name: Annotated[str | None, typer.Option("--database", help="An empty database to build it in, and leave.")] = None,
    as_json: Json = False,
) -> None:
    """Build the schema from nothing in a scratch database, verify it, and remove it."""
    from app.database.from_zero import migrate_from_zero

    with database(load_settings(), ready=False) as chosen:
        report = migrate_from_zero(chosen.url, database=name)
    if as_json:
        show(report.as_dict())
    else:
        place = f"Database {name} is at head." if name else "Scratch database removed."
        told = f"From zero to {report.head}: {len(report.revisions)} revisions, no drift. {place}"
        out.print(told, markup=False, highlight=False)


app.command("ingest")(ingest_command)


@app.command("publish")
def publish_command(
    run: Annotated[int, typer.Argument(help="The run to make live again.")],
    plant: PlantOption = None,
    as_json: Json = False,
) -> None:
    """Make an earlier, kept run live again (rollback), and its feature gates with it."""
    from app.ingestion.publishing import publish

    settings = settings_of_plant(plant)
    with database_at_head(settings) as chosen:
        published = publish(
            chosen.url, run, roles=chosen.roles, plant=settings.plant, gates_file=settings.feature_gates_file
        )
    if as_json:
        show({"plant": settings.plant, "run_id": run, "is_older": published.is_older})
    else:
        out.print(localised(shown_publication(published)), soft_wrap=True, markup=False, highlight=False)


@app.command("retain")
def retain_command(
    keep: Annotated[int | None, typer.Option(min=1, help="Snapshots to keep; else RETENTION_KEEP.")] = None,
    plant: PlantOption = None,
    as_json: Json = False,
) -> None:
    """Drop old snapshots as an ingestion does. Exit code 1 if one stays because it is being read."""
    from app.ingestion.runs.retention import retain

    settings = settings_of_plant(plant)
    with database_at_head(settings) as chosen:
        outcome = retain(chosen.url, roles=chosen.roles, plant=settings.plant, keep=keep or settings.retention_keep)
    if as_json:
        show({"plant": settings.plant, **outcome.as_dict()})
    else:
        out.print(localised(shown_retention(settings.plant, outcome)), soft_wrap=True, markup=False)
    raise typer.Exit(outcome.exit_code)


@app.command("feature-gates")
def feature_gates_command(
    target: Annotated[
        Path | None, typer.Option("--out", help="Where to write it.", show_default="docs/FEATURE_GATES.json")
    ] = None,
    plant: PlantOption = None,
    as_json: Json = False,
) -> None:
    """Write FEATURE_GATES.json of the live run."""
    from app.ingestion.runs.run_gates import export_gates

    settings = settings_of_plant(plant)
    target = target or output_path(settings.plant, Path("docs/FEATURE_GATES.json"))
    with database_at_head(settings) as chosen:
        document = export_gates(chosen.url, roles=chosen.roles, plant=settings.plant, target=target)
    if as_json:
        show(document)
    else:
        out.print(shown_gates(document))


@app.command("serve")
def serve_command(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
    plant: PlantOption = None,
) -> None:
    """Serve the API until interrupted: every plant, or the one of --plant alone."""

    def announce(base_url: str) -> None:
        told = f"Pages at {base_url}/, API documentation at {base_url}/api/docs. Ctrl-C stops it."
        err.print(localised(told), soft_wrap=True)

    with ended_by_sigterm():
        from app.api.process.server import serve
        from app.features.calendar import load_calendar

        of_plant = settings_of_plant(plant)
        load_calendar(of_plant.calendar_file)
        settings = load_settings() if plant is None else of_plant
        warn_of_exposed_passwords()
        with database(of_plant) as chosen:
            serve(settings, chosen.url, chosen.roles, host=host, port=port, workers=workers, bound=announce)


@app.command("worker")
def worker_command(
    plants: Annotated[
        list[str] | None, typer.Option("--plant", metavar="NAME", help="Only this plant; repeatable. Else every plant.")
    ] = None,
) -> None:
    """Carry out the ingestions that the API has queued for any plant, until interrupted."""
    with ended_by_sigterm(), ExitStack() as stack:
        from app.worker import Station, work

        warn_of_exposed_passwords()
        turns, stations = Semaphore(load_settings().worker_ingestions), []
        for settings in settings_of_plants(plants):
            chosen = stack.enter_context(database(settings))
            stations.append(Station(settings, normalise(chosen.url), chosen.roles, turns))
        work(stations)


def main() -> None:
    """Run a command. Known errors end in one sentence and the exit code of their class."""
    open_standard_streams()
    try:
        speak(None)
        given = language_first(sys.argv[1:])
        # The shell completes the program's own name, not a command of several words.
        app(given, prog_name=PROGRAM if COMPLETION.intersection(given) else None)
    except OSError as failure:
        sentence = explained(failure)
        if sentence is None:
            raise
        err.print(localised(sentence), style="red", soft_wrap=True, markup=False, highlight=False)
        raise SystemExit(1) from None
    except Exception as failure:
        # Errors of app/ have a stable code; any other exception is a fault of this program and keeps its traceback.
        is_ours = isinstance(getattr(failure, "code", None), str) and type(failure).__module__.startswith("app.")
        sentence = str(failure) if is_ours else explained_database(failure)
        if sentence is None:
            raise
        err.print(localised(sentence), style="red", soft_wrap=True, markup=False, highlight=False)
        raise SystemExit(getattr(failure, "exit_code", 1)) from None

"""`slo-results`: serve the API, measure it, and always write the results."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.command_database import Database, database_at_head
from app.commands.output import Json, err, out, show
from app.commands.plant_choice import PlantOption, settings_of_plant
from app.commands.tables import progress_shown, shown_slos
from app.config import Settings
from app.database.engine import connected
from app.plants.directory import output_path

if TYPE_CHECKING:
    from app.performance.load.measurement import Measurement, SloResult
    from app.performance.load.truth import Truth
    from app.performance.slo.slo_declaration import Slo

measuring = typer.Typer()
DETAILS = 200
"""Orders that the measurement asks for in detail."""


@measuring.command("slo-results")
def slo_results_command(
    target: Annotated[
        Path | None, typer.Option("--out", help="Where to write it.", show_default="docs/perf/SLO_RESULTS.json")
    ] = None,
    requests: Annotated[int | None, typer.Option(min=1, help="Requests per SLO instead of the declared count.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that serve the API.")] = 2,
    plant: PlantOption = None,
    as_json: Json = False,
) -> None:
    """Serve the API, measure every SLO over HTTP, write SLO_RESULTS.json, and EXPLAIN_*.md for a violated one.

    Exit codes: 0 every SLO is MET; 1 one is not, or nothing could be measured (the file then says NOT_MEASURED and
    why); 2 wrong usage.
    """
    from app.performance.results import accounted_for
    from app.performance.slo.slo_declaration import load_slos
    from app.performance.slo.slo_judgement import SloStatus

    chosen = settings_of_plant(plant)
    target = target or output_path(chosen.plant, Path("docs/perf/SLO_RESULTS.json"))
    slos = [slo if requests is None else replace(slo, measured_requests=requests) for slo in load_slos()]
    begun = False
    try:
        with accounted_for(target, slos):
            begun = True
            measurement = measured(chosen, target, slos, workers)
    finally:
        # Also of a measurement that failed: the file then says NOT_MEASURED and why.
        if as_json and begun:
            show(json.loads(target.read_text(encoding="utf-8")))
    if not as_json:
        out.print(shown_slos(measurement.results, title=str(target)))
    met = all(result.judgement.status is SloStatus.MET for result in measurement.results)
    raise typer.Exit(0 if met else 1)


def measured(chosen_settings: Settings, target: Path, slos: list[Slo], workers: int) -> Measurement:
    """Serve the API, measure the SLOs into the file, and explain the violated ones beside it."""
    from app.api.keys.api_keys import Scope
    from app.api.keys.keyring import with_ephemeral_key
    from app.api.process.server import served
    from app.performance.results import measure_into
    from app.performance.slo.slo_judgement import SloStatus

    settings, key = with_ephemeral_key(chosen_settings, Scope.READ)
    with database_at_head(settings) as chosen:
        truth = truth_of(chosen, settings.plant)
        with served(settings, chosen.url, chosen.roles, workers=workers) as url, progress_shown(err) as progress:
            measurement = measure_into(target, url, slos, truth, key=key, progress=progress)
        violated = [result for result in measurement.results if result.judgement.status is SloStatus.VIOLATED]
        if truth is not None:
            explain(settings, key, chosen, violated, truth, target.parent)
    return measurement


def truth_of(chosen: Database, plant: str) -> Truth | None:
    """The expected values of the live run; None when nothing is live."""
    from app.performance.load.truth import read_truth

    with connected(chosen.url, role=chosen.roles.api) as connection:
        return read_truth(connection, plant, DETAILS)


def explain(
    settings: Settings, key: str, chosen: Database, violated: Iterable[SloResult], truth: Truth, folder: Path
) -> None:
    """Write EXPLAIN_*.md of each violated SLO into the folder; print its path, or why it could not be written."""
    from app.api.application import create_app
    from app.api.plant_backends import close
    from app.performance.errors import CaptureError
    from app.performance.plans.capture import authorized
    from app.performance.plans.explain import explain_slo
    from app.performance.plans.explanation import write_explanation

    for result in violated:
        application = create_app(settings, database_url=chosen.url, roles=chosen.roles)
        backend = application.state.backend
        try:
            plans = explain_slo(authorized(application, key), backend.engine, result.slo, truth)
            err.print(f"{write_explanation(folder, result, plans)} shows the plans.", markup=False, highlight=False)
        except CaptureError as error:
            err.print(f"{result.slo.name} is not explained: {error}", markup=False, highlight=False)
        finally:
            close(backend)

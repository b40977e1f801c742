"""`distribute`: the steps that spread a plant's database over a Citus cluster, printed or carried out."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.command_database import database_at_head
from app.commands.output import Json, err, out, show
from app.commands.plant_choice import PlantOption, settings_of_plant
from app.commands.speaking import localised

if TYPE_CHECKING:
    from app.ingestion.plant_data.distribution import Distribution

distributing = typer.Typer()


@distributing.command("distribute")
def distribute_command(
    plant: PlantOption = None,
    confirmed: Annotated[
        str | None,
        typer.Option("--run", metavar="NAME", help="The plant's name once more: carry the steps out, not print them."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the steps that distribute a plant's database with Citus, or carry out those that are still to do.

    A plant that is distributed can be read, and no longer ingested (docs/operations/citus.md).
    """
    from app.ingestion.plant_data.distribution import distribute, planned
    from app.ingestion.plant_data.recording import who

    settings, is_run = settings_of_plant(plant), confirmed is not None
    if is_run and unicodedata.normalize("NFC", confirmed or "") != settings.plant:
        raise typer.BadParameter(
            f"nothing was changed: to distribute plant {settings.plant}, which cannot be taken back, say "
            f"--run {settings.plant!r}",
            param_hint="--run",
        )
    with database_at_head(settings) as chosen:
        if is_run:
            plan = distribute(
                chosen.url,
                roles=chosen.roles,
                plant=settings.plant,
                requested_by=who(),
                say=lambda step: err.print(step.sql, markup=False, highlight=False, soft_wrap=True),
            )
        else:
            plan = planned(chosen.url, roles=chosen.roles, plant=settings.plant)
    if as_json:
        show({**asdict(plan), "is_run": is_run})
    else:
        out.print(plan_text(plan, is_run), markup=False, highlight=False, soft_wrap=True)


def plan_text(plan: Distribution, is_run: bool) -> str:
    """The steps with their numbers as SQL, those that were done as comments; after a run the outcome alone."""
    head = localised(
        f"Plant {plan.plant}: {len(plan.steps)} steps over {plan.workers} nodes with Citus {plan.citus}; once "
        "distributed it can be read, no longer ingested, and not be taken back (docs/operations/citus.md)."
    )
    if is_run:
        return "\n".join([head, localised(f"{plan.done} steps were carried out.")])
    done = localised("done")
    listed = [
        f"-- {number}: {done}" if step.is_done else f"-- {number}\n{step.sql};"
        for number, step in enumerate(plan.steps, start=1)
    ]
    return "\n".join(
        [f"-- {head}", *listed, "-- " + localised("Nothing was changed; --run NAME carries the steps out.")]
    )

"""`triage`: faults that are found without a gate run. `doctor`: the facts behind them, and the next command."""

from __future__ import annotations

import shlex

import typer

from app.commands.output import Json, out, show
from app.commands.plant_choice import PlantOption
from app.commands.speaking import localised
from app.typed import typed

triaging = typer.Typer()


@triaging.command("triage")
def triage_command(plant: PlantOption = None, as_json: Json = False) -> None:
    """Check settings, packages, disk, Docker, server, schema, live run and the steps' files; list what is wrong.

    The exit code is always 0. `python3 scripts/triage_errors.py` writes the list to ERROR_TRIAGE_REPORT.md.
    """
    from app.triage import backend, machine_probes
    from app.triage.examined import examining
    from app.triage.probe import findings

    with examining(plant):
        found = findings((*machine_probes.PROBES, *backend.PROBES))
    if as_json:
        show({"findings": found})
        return
    for one in found:
        check, cause = localised(one["check"]), localised(one["root_cause"])
        line = f"{one['id']} {check} ({one['category']}): {cause}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)
        for step in one["fix_plan"]:
            out.print(f"  {localised(step)}", markup=False, highlight=False, soft_wrap=True)
    if not found:
        out.print(localised("No fault was found."))


@triaging.command("doctor")
def doctor_command(plant: PlantOption = None, as_json: Json = False) -> None:
    """Print facts of this machine, the PostgreSQL and the workbook that the commands use, and the next command.

    The exit code is always 0.
    """
    from app.triage import backend, machine_probes
    from app.triage.examined import examining
    from app.triage.facts import facts
    from app.triage.probe import findings

    with examining(plant):
        found = [one for one in findings((*machine_probes.PROBES, *backend.PROBES)) if one["category"] != "DOCKER"]
        known = facts()
    next_step = found[0]["fix_plan"][0] if found else f"Nothing is wrong: {typed('serve')} serves the live run."
    next_step += "" if plant is None else f" Commands about this plant take --plant {shlex.quote(plant)}."
    if as_json:
        show({"facts": known, "findings": found, "next": next_step})
        return
    for name, fact in known.items():
        out.print(f"{localised(name):<11}  {localised(fact)}", markup=False, highlight=False, soft_wrap=True)
    for one in found:
        out.print(
            f"{localised('Fault:')} {localised(one['check'])}: {localised(one['root_cause'])}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    out.print(f"{localised('Next:')} {localised(next_step)}", markup=False, highlight=False, soft_wrap=True)

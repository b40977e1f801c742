"""`triage`: every fault that can be seen without a gate run."""

from __future__ import annotations

import typer

from app.console import Json, out, show

triaging = typer.Typer()


@triaging.command("triage")
def triage_command(as_json: Json = False) -> None:
    """Look at settings, packages, disk, Docker, server, schema, live run and the steps' files; list what is wrong.

    Exit code 0 whatever is found. `python3 scripts/triage_errors.py` writes it as ERROR_TRIAGE_REPORT.md.
    """
    from app.triage import backend, machine_probes
    from app.triage.probe import findings

    found = findings((*machine_probes.PROBES, *backend.PROBES))
    if as_json:
        show({"findings": found})
        return
    for one in found:
        line = f"{one['id']} {one['check']} ({one['category']}): {one['root_cause']}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)
        for step in one["fix_plan"]:
            out.print(f"  {step}", markup=False, highlight=False, soft_wrap=True)
    if not found:
        out.print("Nothing wrong is seen.")

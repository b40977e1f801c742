"""`ask`: a question to the API, answered by this process without a server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.command_database import database
from app.commands.output import Json, err, out, show
from app.commands.plant_choice import PlantOption, settings_of_plant
from app.commands.speaking import localised
from app.config import load_settings

asking = typer.Typer()
API = "/api/"


@asking.command("ask")
def ask_command(
    address: Annotated[str, typer.Argument(help="What to ask for, below /api/, such as 'prodplan/orders?risk=LATE'.")],
    body: Annotated[str | None, typer.Option(help="JSON of a what-if; it makes the request a POST.")] = None,
    target: Annotated[
        Path | None, typer.Option("--out", help="Write the answer here as it is, such as a workbook.")
    ] = None,
    plant: PlantOption = None,
    as_json: Json = False,
) -> None:
    """Ask what the API answers: the same figures, limits and refusals, without a server and without a key."""
    from app.api.application import create_app
    from app.api.keys.api_keys import Scope
    from app.api.keys.keyring import with_ephemeral_key
    from app.commands.asking.answer_tables import shown_answer
    from app.commands.asking.in_process import Question, answered

    of_plant = settings_of_plant(plant)
    settings, key = with_ephemeral_key(load_settings() if plant is None else of_plant, Scope.READ, Scope.PLAN)
    question = Question(API + address.removeprefix(API).lstrip("/"), key, body)
    with database(of_plant) as chosen:
        answer = asyncio.run(answered(create_app(settings, database_url=chosen.url, roles=chosen.roles), question))
    if not answer.is_success:
        refuse(answer.status, json.loads(answer.content))
    if target is not None:
        target.write_bytes(answer.content)
        out.print(
            localised(f"{len(answer.content):,} bytes in {target}."), markup=False, highlight=False, soft_wrap=True
        )
    elif not answer.is_json:
        out.out(answer.content.decode(errors="replace"), end="", highlight=False)
    elif as_json:
        show(json.loads(answer.content))
    else:
        for part in shown_answer(json.loads(answer.content)):
            out.print(part)


def refuse(status: int, problem: dict[str, Any]) -> None:
    """Print a refusal, with each parameter at fault, and end the command: 2 for a wrong question, else 1."""
    err.print(localised(problem["detail"]), style="red", soft_wrap=True, markup=False, highlight=False)
    for fault in problem.get("errors", ()):
        told = f"{fault['parameter']}: {localised(fault['message'])}"
        err.print(told, style="red", soft_wrap=True, markup=False, highlight=False)
    raise typer.Exit(2 if status in (404, 405, 422) else 1)

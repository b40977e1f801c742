"""The state of each plant's database, as `plant list` and `plant migrate` show it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

from app.commands.command_database import Database, database
from app.commands.speaking import localised
from app.database.errors import DatabaseError
from app.plants.directory import PlantDirectory
from app.plants.plants_file import PlantsError

if TYPE_CHECKING:
    from rich.table import Table

    from app.plants.overview import PlantState

ASKED_AT_ONCE = 8
SCHEMAS = {
    "AT_HEAD": "at head",
    "BEHIND": "older: plant migrate",
    "NONE": "none: plant migrate",
    "NEWER": "of a newer release",
    "UNKNOWN": "",
}


def states_of(directory: PlantDirectory, plants: Sequence[str]) -> list[PlantState]:
    """The state of each plant's database; several are asked at once, each within a connection's bounds."""
    from app.plants.overview import PlantState, state_of

    chosen: dict[str, Database] = {}
    failed: dict[str, PlantState] = {}
    with ExitStack() as stack, ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        for plant in plants:
            try:
                chosen[plant] = stack.enter_context(database(directory.settings_of(plant)))
            except (PlantsError, DatabaseError) as error:
                failed[plant] = PlantState(plant, trouble=str(error))
        asked = pool.map(lambda plant: state_of(plant, chosen[plant].url, chosen[plant].roles), chosen)
        states = {state.plant: state for state in asked} | failed
    return [states[plant] for plant in plants]


def shown_states(states: list[PlantState]) -> Table:
    """The states as a table; times are in this machine's time zone."""
    from rich.table import Table
    from rich.text import Text

    headers = ("plant", "database", "revision", "schema", "live run", "published", "waiting")
    table = Table(*map(localised, headers), title=localised("Plants"))
    for state in states:
        live = "" if state.live_run_id is None else f"{state.live_run_id} {state.workbook_name}"
        published = f"{state.published_at.astimezone():%Y-%m-%d %H:%M}" if state.published_at else ""
        oldest = "" if state.oldest_request_s is None else f" since {state.oldest_request_s / 60:.0f} min"
        waiting = "" if state.requests_open is None else f"{state.requests_open}{oldest}"
        schema = localised("cannot be asked" if state.trouble else SCHEMAS[state.schema])
        cells = (state.plant, state.database, state.revision or "", schema, live, published, waiting)
        table.add_row(*map(Text, cells))
    return table

"""Brings the databases of several plants to head, some at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.commands.planting.plant_states import SCHEMAS, states_of
from app.commands.speaking import localised
from app.database.errors import DatabaseError
from app.database.urls import explicit_url
from app.plants.directory import PlantDirectory
from app.plants.plants_file import PlantsError

if TYPE_CHECKING:
    from rich.table import Table

FAILED = "failed"
AT_ONCE, MOST_AT_ONCE = 4, 16


@dataclass(frozen=True, slots=True)
class Migrated:
    """One plant after the attempt to bring its database to head; revision and schema as it is afterwards."""

    plant: str
    outcome: str
    detail: str
    revision: str | None = None
    schema: str = "UNKNOWN"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def migrate_plants(
    directory: PlantDirectory, plants: Sequence[str], at_once: int, say: Callable[[Migrated], None]
) -> list[Migrated]:
    """Bring the plants' databases to head, some at once, and ask each for its revision afterwards.

    at_once: the most at once. say: called with each plant as it ends. One that fails does not stop the rest. A database
    that several plants share is migrated once. A migration that has begun ends by itself, also without this process;
    the next call goes on.
    """
    done: dict[str, Migrated] = {}
    first: dict[sa.URL | None, str] = {}
    sharing: dict[str, str] = {}
    for plant in plants:
        try:
            url = explicit_url(directory.settings_of(plant))
        except (PlantsError, DatabaseError) as error:
            done[plant] = Migrated(plant, FAILED, str(error))
            say(done[plant])
            continue
        if first.setdefault(url, plant) != plant:
            sharing[plant] = first[url]
    pool = ThreadPoolExecutor(at_once)
    try:
        for ended in as_completed([pool.submit(brought_to_head, plant) for plant in first.values()]):
            done[ended.result().plant] = ended.result()
            say(ended.result())
    finally:
        pool.shutdown(cancel_futures=True)
    for plant, owner in sharing.items():
        outcome = FAILED if done[owner].outcome == FAILED else "already"
        done[plant] = Migrated(plant, outcome, f"shared with plant {owner}")
        say(done[plant])
    states = states_of(directory, plants)
    return [replace(done[one.plant], revision=one.revision, schema=one.schema) for one in states]


def brought_to_head(plant: str) -> Migrated:
    """Run `bootstrap --plant` as a process of its own: Alembic can work on one database of a process at a time."""
    command = [sys.executable, "-m", "app", "bootstrap", "--json", "--plant", plant]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        return Migrated(plant, FAILED, said[-1] if said else f"bootstrap ended with exit code {ended.returncode}")
    report = json.loads(ended.stdout)
    changed = [f"{step['step']}: {step['detail']}" for step in report["steps"] if step["outcome"] == "created"]
    return Migrated(plant, "migrated" if changed else "already", ", ".join(changed) or f"at {report['head']}")


def shown_migrations(done: list[Migrated]) -> Table:
    """A row for each plant: what was done, and which revision its database is at now."""
    from rich.table import Table
    from rich.text import Text

    table = Table(
        *map(localised, ("plant", "outcome", "revision", "schema", "detail")),
        title=localised("Databases of the plants"),
    )
    for one in done:
        table.add_row(*map(Text, (one.plant, one.outcome, one.revision or "", SCHEMAS[one.schema], one.detail)))
    return table

"""Scenarios kept by name, simulated again and compared with each other. docs/kpis.md, "Kept scenarios"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import ConfigDict, Field, StringConstraints

from app.database.schema.scenarios import what_if_scenarios as kept
from app.planning.simulation.scenario import Scenario, fitted
from app.planning.simulation.shop import Shop
from app.planning.simulation.whatif import Difference, Outcome, Simulation, simulate
from app.planning.snapshot.answer import Answer
from app.planning.snapshot.live_run import PlanningError

MOST_KEPT, MOST_COMPARED = 200, 10
UNIQUE_VIOLATION = "23505"
NAME = r"^[0-9A-Za-zÀ-ÿ][0-9A-Za-zÀ-ÿ .,:\(\)+\/%_\-]{0,79}$"
"""Written so that a browser's form takes it too."""
ScenarioName = Annotated[str, StringConstraints(pattern=NAME), Field(examples=["Two moulds"])]
ONE_AT_A_TIME = sa.text(f"LOCK TABLE {kept.fullname} IN SHARE ROW EXCLUSIVE MODE")
"""Taken before counting: two transactions would otherwise both find room for the last one."""
HOLDS = sa.select(sa.func.count()).select_from(kept).where(kept.c.plant == sa.bindparam("plant"))


class NameTaken(PlanningError):
    """The plant keeps a scenario of this name already."""

    code = "NAME_TAKEN"


class TooManyScenarios(PlanningError):
    """The plant keeps as many scenarios as it may."""

    code = "TOO_MANY_SCENARIOS"


class UnknownScenario(PlanningError):
    """The plant keeps no scenario of this number."""

    code = "SCENARIO_NOT_FOUND"


class NewScenario(Answer):
    """A scenario to keep."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Two at lamination",
                    "note": "if the second mould comes back",
                    "scenario": {"rule": "EDD", "capacity_overrides": [{"phase_id": 2, "capacity": 2}]},
                }
            ]
        }
    )

    name: ScenarioName
    note: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] | None = None
    scenario: Scenario


class KeptScenario(Answer):
    """A kept scenario, with its outcome when it was kept."""

    scenario_id: int
    name: str
    note: str | None
    kept_by: str = Field(description="name of the API key, or address")
    kept_at: dt.datetime = Field(description="with zone")
    kept_run_id: int = Field(description="the run that it was simulated on then")
    scenario: Scenario
    kept_baseline: Outcome = Field(description="of kept_run_id")
    kept_simulated: Outcome = Field(description="of kept_run_id")


class KeptScenarios(Answer):
    """The plant's kept scenarios, by name."""

    scenarios: list[KeptScenario]


class Rerun(Simulation):
    """A kept scenario simulated on a run."""

    kept: KeptScenario
    left_out_phases: list[int] = Field(description="named by the scenario, but not known to this run")
    left_out_orders: list[int] = Field(description="named by the scenario, but without an open phase in this run")


class ComparedScenario(Answer):
    """One of the scenarios compared."""

    scenario_id: int
    name: str
    simulated: Outcome
    delta: Difference = Field(description="simulated - baseline")
    affected_orders: int
    becoming_late_orders: list[int]
    no_longer_late_orders: list[int]
    left_out_phases: list[int]
    left_out_orders: list[int]


class Comparison(Answer):
    """Scenarios side by side, all simulated on one run, each against the baseline of what it includes."""

    scenarios: list[ComparedScenario] = Field(description="in the order in which they were asked for")


def keep(connection: sa.Connection, plant: str, by: str, new: NewScenario, run_id: int, found: Simulation) -> int:
    """Keep a scenario; its number. The caller commits. Raises NameTaken, TooManyScenarios."""
    connection.execute(ONE_AT_A_TIME)
    if connection.execute(HOLDS, {"plant": plant}).scalar_one() >= MOST_KEPT:
        raise TooManyScenarios(f"{MOST_KEPT} scenarios are kept already: delete one that is not needed any more.")
    outcomes = {name: getattr(found, name).model_dump(mode="json") for name in ("baseline", "simulated")}
    values = {"plant": plant, "kept_by": by, "name": new.name, "note": new.note, "run_id": run_id}
    scenario = new.scenario.canonical().model_dump(mode="json")
    try:
        number: int = connection.execute(
            kept.insert().values(**values, scenario=scenario, outcomes=outcomes).returning(kept.c.scenario_id)
        ).scalar_one()
    except sa.exc.IntegrityError as error:
        if getattr(error.orig, "pgcode", None) != UNIQUE_VIOLATION:
            raise
        raise NameTaken(f"A scenario {new.name!r} is kept already: choose another name, or delete that one.") from error
    return number


def delete(connection: sa.Connection, plant: str, scenario_id: int) -> None:
    """Delete a kept scenario. The caller commits. Raises UnknownScenario."""
    done = connection.execute(kept.delete().where(kept.c.plant == plant, kept.c.scenario_id == scenario_id))
    if not done.rowcount:
        raise _unknown(scenario_id)


def listed(connection: sa.Connection, plant: str, scenario_ids: Sequence[int] | None = None) -> list[KeptScenario]:
    """The plant's kept scenarios by name, or those of these numbers in this order. Raises UnknownScenario."""
    asked = sa.select(kept).where(kept.c.plant == plant).order_by(kept.c.name)
    found = [_of(row) for row in connection.execute(asked).mappings()]
    if scenario_ids is None:
        return found
    by_number = {one.scenario_id: one for one in found}
    missing = [number for number in scenario_ids if number not in by_number]
    if missing:
        raise _unknown(missing[0])
    return [by_number[number] for number in scenario_ids]


def rerun(connection: sa.Connection, shop: Shop, one: KeptScenario) -> Rerun:
    """Simulate a kept scenario without what this run does not know any more. Raises OvertimeRefused."""
    work = shop.open_work(connection, one.scenario.include)
    scenario, phases, orders = fitted(one.scenario, shop.paces.keys(), work.orders.keys())
    found = simulate(shop, work, scenario)
    return Rerun.model_construct(**dict(found), kept=one, left_out_phases=phases, left_out_orders=orders)


def compared(connection: sa.Connection, shop: Shop, scenarios: Sequence[KeptScenario]) -> Comparison:
    """Simulate kept scenarios side by side. Raises OvertimeRefused."""
    shared = ComparedScenario.model_fields.keys() & Rerun.model_fields.keys()
    found = []
    for one in scenarios:
        result = dict(rerun(connection, shop, one))
        found.append(
            ComparedScenario(scenario_id=one.scenario_id, name=one.name, **{name: result[name] for name in shared})
        )
    return Comparison(scenarios=found)


def _unknown(scenario_id: int) -> UnknownScenario:
    return UnknownScenario(f"No scenario {scenario_id} is kept: the list of scenarios has those that are.")


def _of(row: Any) -> KeptScenario:
    return KeptScenario(
        scenario_id=row["scenario_id"],
        name=row["name"],
        note=row["note"],
        kept_by=row["kept_by"],
        kept_at=row["kept_at"],
        kept_run_id=row["run_id"],
        scenario=Scenario.model_validate(row["scenario"]),
        kept_baseline=row["outcomes"]["baseline"],
        kept_simulated=row["outcomes"]["simulated"],
    )

"""Kept scenarios: keep one by name, list, simulate again, compare, delete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Path, Request, Response
from pydantic import BeforeValidator, ConfigDict, Field

from app.api.admission import admitting_router, caller_of
from app.api.http.plant_path import address
from app.api.http.problems import Problem
from app.api.http.spelling import IN_DIGITS
from app.api.keys.api_keys import Scope
from app.api.keys.rate_limits import Rate
from app.api.routers.file_tables import ReadTable, table_of
from app.api.routers.ingestion import Shared
from app.api.routers.route_declaration import declared
from app.api.routers.simulation.whatif import refused_by_name
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.whatif import ComparisonAnswer, RerunAnswer
from app.api.snapshot_reading import Backend, CurrentReading, Reading
from app.planning.simulation.kept_scenarios import (
    MOST_COMPARED,
    ComparedScenario,
    Comparison,
    KeptScenario,
    KeptScenarios,
    NameTaken,
    NewScenario,
    TooManyScenarios,
    UnknownScenario,
    compared,
    delete,
    keep,
    listed,
    rerun,
)
from app.planning.simulation.whatif import simulate
from app.planning.snapshot.answer import Answer

router = admitting_router("whatif")
SIMULATED: Any = {"scope": Scope.PLAN, "rate": Rate.SIMULATION}
ScenarioId = Annotated[int, Field(ge=1, le=2**63 - 1), IN_DIGITS, Path()]


def _number(given: object) -> object:
    if isinstance(given, bool | str):
        raise ValueError("a whole number is needed")
    return given


Kept = Annotated[int, Field(ge=1, le=2**53 - 1), BeforeValidator(_number)]
"""A number in a body; the document's bounds are doubles, which hold this one exactly."""
WRITABLE = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE"


class CompareRequest(Answer):
    """Kept scenarios to compare."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"scenario_ids": [1]}]})

    scenario_ids: list[Kept] = Field(min_length=1, max_length=MOST_COMPARED)


@router.post(
    **declared("/api/whatif/scenarios", 404, 409, 410, **SIMULATED), response_model=KeptScenario, status_code=201
)
def keep_scenario(
    request: Request, response: Response, new: NewScenario, reading: CurrentReading, backend: Shared
) -> KeptScenario:
    """Keep a scenario by name, with its outcome on the live run; it is simulated first, so only a valid one is kept."""
    plant, connection = backend.settings.plant, reading.connection
    with refused_by_name(new.scenario, "scenario."):
        found = simulate(reading.shop, reading.shop.open_work(connection, new.scenario.include), new.scenario)
    connection.rollback()
    try:
        with _writing(backend, connection) as writing, _written(writing):
            number = keep(writing, plant, caller_of(request), new, reading.run.run_id, found)
            (one,) = listed(writing, plant, [number])
    except (NameTaken, TooManyScenarios) as error:
        raise Problem(409, error.code, str(error)) from error
    response.headers["Location"] = address(request, f"/api/whatif/scenarios/{number}")
    return one


@router.get(**declared("/api/whatif/scenarios", scope=Scope.PLAN), response_model=KeptScenarios)
def kept_scenarios(backend: Shared) -> KeptScenarios:
    """All kept scenarios by name, each with its outcome when it was kept."""
    with backend.primary.connect() as connection:
        return KeptScenarios(scenarios=listed(connection, backend.settings.plant))


@router.post(**declared("/api/whatif/compare", 404, 410, answer=ComparisonAnswer, **SIMULATED))
def compare_scenarios(asked: CompareRequest, reading: CurrentReading) -> ComparisonAnswer:
    """Kept scenarios side by side, all simulated on one run."""
    return merged(ComparisonAnswer, reading.answered(), found_comparison(asked, reading))


def found_comparison(asked: CompareRequest, reading: Reading) -> Comparison:
    """The comparison that is asked for. Raises 404 and 422 as a Problem."""
    scenarios = _found(reading.connection, reading.run.plant, asked.scenario_ids)
    with refused_by_name(scenarios[0].scenario):
        return compared(reading.connection, reading.shop, scenarios)


@with_files(router, "/api/whatif/compare", method="POST", **SIMULATED)
def comparison_table(asked: CompareRequest) -> ReadTable:
    """Kept scenarios side by side, a line for each."""
    return lambda reading: table_of("what_if_compared", ComparedScenario, found_comparison(asked, reading).scenarios)


@router.post(
    **declared("/api/whatif/scenarios/{scenario_id}/simulate", 404, 410, answer=RerunAnswer, **SIMULATED),
)
def simulate_again(scenario_id: ScenarioId, reading: CurrentReading, backend: Shared) -> RerunAnswer:
    """A kept scenario simulated on the live run, or a kept one, without what that run does not know any more."""
    (one,) = _found(reading.connection, backend.settings.plant, [scenario_id])
    with refused_by_name(one.scenario):
        found = rerun(reading.connection, reading.shop, one)
    return merged(RerunAnswer, reading.answered(), found)


@router.get(**declared("/api/whatif/scenarios/{scenario_id}", 404, scope=Scope.PLAN), response_model=KeptScenario)
def kept_scenario(scenario_id: ScenarioId, backend: Shared) -> KeptScenario:
    """One kept scenario."""
    with backend.primary.connect() as connection:
        return _found(connection, backend.settings.plant, [scenario_id])[0]


@router.delete(**declared("/api/whatif/scenarios/{scenario_id}", 404, scope=Scope.PLAN), status_code=204)
def delete_scenario(scenario_id: ScenarioId, backend: Shared) -> Response:
    """Delete a kept scenario."""
    try:
        with backend.primary.connect() as connection, _written(connection):
            delete(connection, backend.settings.plant, scenario_id)
    except UnknownScenario as error:
        raise Problem(404, error.code, str(error)) from error
    return Response(status_code=204)


@contextmanager
def _writing(backend: Backend, reading: sa.Connection) -> Iterator[sa.Connection]:
    """The connection of the reading, or one to the primary where the reading's is to a standby."""
    if backend.primary is backend.engine:
        yield reading
    else:
        with backend.primary.connect() as connection:
            yield connection


def _written(connection: sa.Connection) -> sa.RootTransaction:
    """A transaction that may write; it must be the connection's first statement."""
    transaction = connection.begin()
    connection.exec_driver_sql(WRITABLE)
    return transaction


def _found(connection: sa.Connection, plant: str, scenario_ids: list[int]) -> list[KeptScenario]:
    try:
        return listed(connection, plant, scenario_ids)
    except UnknownScenario as error:
        raise Problem(404, error.code, str(error)) from error

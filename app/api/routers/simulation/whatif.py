"""Routes that simulate another dispatch of the open work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from app.api.admission import admitting_router
from app.api.http.problems import Problem
from app.api.http.spelling import WholeNumber
from app.api.keys.rate_limits import Rate
from app.api.routers.file_tables import MOST, ReadTable, Table, table_of
from app.api.routers.queries import Id
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.whatif import SimulatedScheduleAnswer, SimulationAnswer
from app.api.snapshot_reading import CurrentReading, Reading
from app.planning.simulation.overtime import OvertimeRefused
from app.planning.simulation.scenario import Scenario, UnknownOrders, UnknownPhases
from app.planning.simulation.simulated_schedule import Part, ScheduledExecution, simulated_schedule
from app.planning.simulation.whatif import AffectedOrder, simulate, simulated_orders

router = admitting_router("whatif")
MOST_EXECUTIONS, MOST_DAYS = 10_000, 92


class ScheduleFilter(BaseModel):
    """The executions that are shown."""

    phase: Id | None = Field(None, description="executions and utilisation of this phase alone")
    product: Id | None = Field(None, description="executions of this product's orders alone")
    of_id: Id | None = Field(None, description="executions of this order alone")


class ScheduleQuery(ScheduleFilter):
    """The part of a schedule that is shown."""

    limit: WholeNumber = Field(1_000, ge=1, le=MOST_EXECUTIONS, description="executions of one answer")
    offset: WholeNumber = Field(0, ge=0, le=2**31 - 1, description="executions before the first one shown")
    days: WholeNumber = Field(14, ge=1, le=MOST_DAYS, description="days of utilisation, the day of as_of first")

    def part(self) -> Part:
        """The part."""
        return Part(self.phase, self.product, self.of_id, self.limit, self.offset, self.days)


@router.post(**declared("/api/whatif/simulate", key_always=True, rate=Rate.SIMULATION, answer=SimulationAnswer))
def simulation(scenario: Scenario, reading: CurrentReading) -> SimulationAnswer:
    """Dispatch production work as the scenario says, against the baseline: FIFO at each phase's usual capacity.

    Deterministic: the same run and scenario give the same answer to the byte.
    """
    with refused_by_name(scenario):
        found = simulate(reading.shop, reading.shop.open_work(reading.connection, scenario.include), scenario)
    return merged(SimulationAnswer, reading.answered(), found)


@router.post(**declared("/api/whatif/schedule", key_always=True, rate=Rate.SIMULATION, answer=SimulatedScheduleAnswer))
def schedule(
    scenario: Scenario, reading: CurrentReading, query: Annotated[ScheduleQuery, Query()]
) -> SimulatedScheduleAnswer:
    """Every execution of the scenario in time (a Gantt chart's data), and the utilisation of each phase by day.

    The same run and scenario give the same executions, so pages by offset fit together while run_id stays the same.
    """
    with refused_by_name(scenario):
        found = simulated_schedule(reading.connection, reading.shop, scenario, query.part())
    return merged(SimulatedScheduleAnswer, reading.answered(), found)


WITH_KEY: Any = {"method": "POST", "key_always": True, "rate": Rate.SIMULATION}


@with_files(router, "/api/whatif/simulate", **WITH_KEY)
def orders_table(scenario: Scenario) -> ReadTable:
    """Completions in the baseline and as the scenario says, a line for each order with open work, by number."""

    def read(reading: Reading) -> Table:
        with refused_by_name(scenario):
            work = reading.shop.open_work(reading.connection, scenario.include)
            return table_of("what_if_orders", AffectedOrder, simulated_orders(reading.shop, work, scenario))

    return read


@with_files(router, "/api/whatif/schedule", **WITH_KEY)
def executions_table(scenario: Scenario, query: Annotated[ScheduleFilter, Query()]) -> ReadTable:
    """Every execution of the scenario in time, a line for each."""

    def read(reading: Reading) -> Table:
        part = Part(query.phase, query.product, query.of_id, MOST, days=0)
        with refused_by_name(scenario):
            found = simulated_schedule(reading.connection, reading.shop, scenario, part)
        return table_of("what_if_schedule", ScheduledExecution, found.executions)

    return read


@contextmanager
def refused_by_name(scenario: Scenario, within: str = "") -> Iterator[None]:
    """Turn what the run does not know of a scenario, or its calendar has no room for, into a Problem.

    within: where the scenario stands in the body.
    """
    try:
        yield
    except UnknownPhases as error:
        places = [
            (within + at, f"no phase {phase}") for at, phase in scenario.named_phases() if phase in error.phase_ids
        ]
        raise _unknown(error.code, f"{error} Name phases of Fases or of the open work.", places) from error
    except UnknownOrders as error:
        places = [
            (within + at, f"no order {number}")
            for at, number in scenario.named_orders()
            if number in error.work_order_ids
        ]
        detail = f"{error} Name orders with an open phase, and include terminal or stale ones."
        raise _unknown(error.code, detail, places) from error
    except OvertimeRefused as error:
        raise _unknown(error.code, str(error), [(f"{within}overtime.{error.place}", str(error))]) from error


def _unknown(code: str, detail: str, places: list[tuple[str, str]]) -> Problem:
    errors = [{"location": "body", "parameter": at, "message": message} for at, message in places]
    return Problem(422, code, detail, errors=errors)

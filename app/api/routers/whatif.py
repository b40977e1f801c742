"""Routes that simulate another dispatch of the open work."""

from __future__ import annotations

from app.api.admission import admitting_router
from app.api.http.problems import Problem
from app.api.keys.rate_limits import Rate
from app.api.routers.route_declaration import declared
from app.api.schemas.answered import merged
from app.api.schemas.whatif import SimulationAnswer
from app.api.snapshot_reading import CurrentReading
from app.planning.simulation.scenario import Scenario, UnknownOrders, UnknownPhases
from app.planning.simulation.whatif import simulate

router = admitting_router("whatif")


@router.post(**declared("/api/whatif/simulate", key_always=True, rate=Rate.SIMULATION, answer=SimulationAnswer))
def simulation(scenario: Scenario, reading: CurrentReading) -> SimulationAnswer:
    """Dispatch production work by a rule and capacities, against the baseline: FIFO at each phase's usual capacity.

    Deterministic: the same run and scenario give the same answer to the byte.
    """
    try:
        found = simulate(reading.connection, reading.run, scenario)
    except UnknownPhases as error:
        places = {one.phase_id: place for place, one in enumerate(scenario.capacity_overrides)}
        raise Problem(
            422,
            error.code,
            f"{error} Name phases of Fases or of the open work.",
            errors=[
                {
                    "location": "body",
                    "parameter": f"capacity_overrides.{places[phase_id]}.phase_id",
                    "message": f"no phase {phase_id}",
                }
                for phase_id in error.phase_ids
            ],
        ) from error
    except UnknownOrders as error:
        known = enumerate(scenario.first_orders)
        raise Problem(
            422,
            error.code,
            f"{error} Name orders with an open phase, and include terminal or stale ones.",
            errors=[
                {"location": "body", "parameter": f"first_orders.{place}", "message": f"no order {number}"}
                for place, number in known
                if number in error.work_order_ids
            ],
        ) from error
    return merged(SimulationAnswer, reading.answered(), found)

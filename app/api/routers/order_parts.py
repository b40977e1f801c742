"""Parts of one order: its place and end, its quality errors, and the people who worked on it."""

from __future__ import annotations

from app.api.admission import admitting_router
from app.api.keys.rate_limits import Rate
from app.api.routers.file_tables import Cell, ReadTable, Table, table_of
from app.api.routers.prodplan import PathId, no_order
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.prodplan import OrderErrorsAnswer, OrderEstimateAnswer, OrderPeopleAnswer
from app.api.snapshot_reading import CurrentReading, Reading
from app.features.value_gates import ERROR_ATTRIBUTION, STANDARD_ROUTE
from app.planning.order_estimate import order_estimate
from app.planning.order_parts import OrderError, OrderErrors, OrderPeople, order_errors, order_people
from app.planning.orders import OrderPhase, order_phases

router = admitting_router("prodplan")


@router.get(
    **declared("/api/prodplan/orders/{work_order_id}/estimate", 404, rate=Rate.SIMULATION, answer=OrderEstimateAnswer)
)
def estimate_of_order(work_order_id: PathId, reading: CurrentReading) -> OrderEstimateAnswer:
    """The place of one order, and the time at which it will be done, by each way to estimate it."""
    estimates = reading.supports(STANDARD_ROUTE)
    found = order_estimate(reading.shop, reading.connection, work_order_id, estimates=estimates)
    if found is None:
        raise no_order(reading, work_order_id)
    return merged(OrderEstimateAnswer, reading.answered(), found)


@router.get(**declared("/api/prodplan/orders/{work_order_id}/errors", 404, answer=OrderErrorsAnswer))
def errors_of_order(work_order_id: PathId, reading: CurrentReading) -> OrderErrorsAnswer:
    """One order's quality errors, each with the phase that judged and the phase held responsible."""
    return merged(OrderErrorsAnswer, reading.answered(), found_errors(reading, work_order_id))


def found_errors(reading: Reading, work_order_id: int) -> OrderErrors:
    """The order's errors. Raises 404 as a Problem."""
    culprits = reading.supports(ERROR_ATTRIBUTION)
    found = order_errors(reading.connection, reading.run, work_order_id, culprits=culprits)
    if found is None:
        raise no_order(reading, work_order_id)
    return found


@router.get(**declared("/api/prodplan/orders/{work_order_id}/people", 404, answer=OrderPeopleAnswer))
def people_of_order(work_order_id: PathId, reading: CurrentReading) -> OrderPeopleAnswer:
    """The numbers of those who worked on each execution of one order, and of those qualified for its phase."""
    return merged(OrderPeopleAnswer, reading.answered(), found_people(reading, work_order_id))


def found_people(reading: Reading, work_order_id: int) -> OrderPeople:
    """The order's people. Raises 404 as a Problem."""
    found = order_people(reading.connection, reading.run, work_order_id)
    if found is None:
        raise no_order(reading, work_order_id)
    return found


@with_files(router, "/api/prodplan/orders/{work_order_id}/phases")
def phases_table(work_order_id: PathId) -> ReadTable:
    """One order's phases, planned, begun and ended, a line for each execution."""

    def read(reading: Reading) -> Table:
        found = order_phases(reading.connection, reading.run, work_order_id)
        if found is None:
            raise no_order(reading, work_order_id)
        return table_of(f"order_{work_order_id}_phases", OrderPhase, found.phases)

    return read


@with_files(router, "/api/prodplan/orders/{work_order_id}/errors", listed=OrderError)
def errors_table(work_order_id: PathId) -> ReadTable:
    """One order's quality errors, a line for each."""
    name = f"order_{work_order_id}_errors"
    return lambda reading: table_of(name, OrderError, found_errors(reading, work_order_id).errors)


@with_files(router, "/api/prodplan/orders/{work_order_id}/people")
def people_table(work_order_id: PathId) -> ReadTable:
    """The numbers of those who worked on one order, of those of them who led, and of those qualified, a line for each
    execution."""
    heads = ("order_phase_id", "sequence", "phase_id", "phase_name")

    def read(reading: Reading) -> Table:
        rows: list[list[Cell]] = []
        for phase in found_people(reading, work_order_id).phases:
            led = [one for one in phase.workers if one.is_chief]
            people = ([one.employee_id for one in of] for of in (phase.workers, led))
            numbers = (*people, phase.qualified_employees)
            rows.append([*(getattr(phase, head) for head in heads), *(", ".join(map(str, one)) for one in numbers)])
        return Table(f"order_{work_order_id}_people", (*heads, "workers", "chiefs", "qualified_employees"), rows)

    return read

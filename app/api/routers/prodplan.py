"""Orders, their phases, the schedule and standard routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.http.problems import Problem
from app.api.http.spelling import IN_DIGITS, WholeNumber
from app.api.routers.file_tables import MOST, ReadTable, Table, table_of
from app.api.routers.queries import IncludeQuery, OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.prodplan import (
    BacklogAnswer,
    BottlenecksAnswer,
    OrderAnswer,
    OrderPhasesAnswer,
    RiskQueueAnswer,
    RouteAnswer,
    ScheduleAnswer,
)
from app.api.snapshot_reading import CurrentReading, Reading
from app.features.value_gates import PRODUTO_JOIN, STANDARD_ROUTE
from app.planning.backlog import DueWeek, backlog
from app.planning.bottlenecks import Bottleneck, bottlenecks
from app.planning.orders import order_detail, order_phases
from app.planning.risk import OrderRisk, RiskQueue, risk_queue
from app.planning.routes import standard_route
from app.planning.schedule import PhaseLoad, current_schedule

router = admitting_router("prodplan")
LOWEST, HIGHEST = -(2**63), 2**63 - 1
PathId = Annotated[int, Field(ge=LOWEST, le=HIGHEST), IN_DIGITS, Path()]


@router.get(
    **declared("/api/prodplan/orders/{work_order_id}", 404, answer=OrderAnswer),
)
def order(work_order_id: PathId, reading: CurrentReading) -> OrderAnswer:
    """One order with its phases in routing order."""
    found = order_detail(reading.connection, reading.run, work_order_id, product_names=reading.supports(PRODUTO_JOIN))
    if found is None:
        raise no_order(reading, work_order_id)
    return merged(OrderAnswer, reading.answered(), found)


@router.get(**declared("/api/prodplan/orders/{work_order_id}/phases", 404, answer=OrderPhasesAnswer))
def phases_of_order(work_order_id: PathId, reading: CurrentReading) -> OrderPhasesAnswer:
    """One order's phases in routing order."""
    found = order_phases(reading.connection, reading.run, work_order_id)
    if found is None:
        raise no_order(reading, work_order_id)
    return merged(OrderPhasesAnswer, reading.answered(), found)


def no_order(reading: Reading, work_order_id: int) -> Problem:
    """The run does not hold this order."""
    return Problem(404, "ORDER_NOT_FOUND", f"Run {reading.run.run_id} has no order {work_order_id}.")


@router.get(**declared("/api/prodplan/schedule/current", answer=ScheduleAnswer))
def schedule(reading: CurrentReading, query: Annotated[OpenWorkQuery, Query()]) -> ScheduleAnswer:
    """Work in process and queue per phase, with ages in hours relative to as_of."""
    found = current_schedule(reading.connection, reading.run, query.include, query.narrowing())
    return merged(ScheduleAnswer, reading.answered(), found)


@router.get(**declared("/api/prodplan/bottlenecks", answer=BottlenecksAnswer))
def bottlenecks_by_score(reading: CurrentReading, query: Annotated[IncludeQuery, Query()]) -> BottlenecksAnswer:
    """Phases by days of work ahead: work in process and queued over the throughput of the last 30 days."""
    found = bottlenecks(reading.connection, reading.run, query.include)
    return merged(BottlenecksAnswer, reading.answered(), found)


@router.get(**declared("/api/prodplan/backlog", answer=BacklogAnswer))
def backlog_by_week(reading: CurrentReading, query: Annotated[IncludeQuery, Query()]) -> BacklogAnswer:
    """Production work by the week of its transport date."""
    return merged(BacklogAnswer, reading.answered(), backlog(reading.connection, reading.run, query.include))


class RiskQuery(OpenWorkQuery):
    """The number of orders, and which count."""

    limit: WholeNumber = Field(50, ge=1, le=500, description="most orders listed; the totals are over all of them")


@router.get(**declared("/api/prodplan/risk_queue", answer=RiskQueueAnswer))
def orders_at_risk(reading: CurrentReading, query: Annotated[RiskQuery, Query()]) -> RiskQueueAnswer:
    """Orders of production work by risk of lateness at as_of: transport day against an estimate."""
    return merged(RiskQueueAnswer, reading.answered(), found_risks(reading, query, query.limit))


def found_risks(reading: Reading, query: OpenWorkQuery, limit: int) -> RiskQueue:
    """At most `limit` orders of the queue that the query asks for."""
    return risk_queue(
        reading.connection,
        reading.run,
        query.include,
        query.narrowing(),
        limit=limit,
        estimates=reading.supports(STANDARD_ROUTE),
    )


@router.get(**declared("/api/prodplan/routes/{product_id}", 404, answer=RouteAnswer))
def route(product_id: PathId, reading: CurrentReading) -> RouteAnswer:
    """A product's standard route."""
    found = standard_route(reading.connection, reading.run, product_id, product_names=reading.supports(PRODUTO_JOIN))
    if found is None:
        raise Problem(
            404, "ROUTE_NOT_FOUND", f"Run {reading.run.run_id} has no standard route of product {product_id}."
        )
    return merged(RouteAnswer, reading.answered(), found)


@with_files(router, "/api/prodplan/schedule/current")
def schedule_table(query: Annotated[OpenWorkQuery, Query()]) -> ReadTable:
    """Work in process and queue, a line for each phase."""

    def read(reading: Reading) -> Table:
        found = current_schedule(reading.connection, reading.run, query.include, query.narrowing())
        return table_of("schedule", PhaseLoad, found.phases)

    return read


@with_files(router, "/api/prodplan/bottlenecks")
def bottlenecks_table(query: Annotated[IncludeQuery, Query()]) -> ReadTable:
    """Phases by days of work ahead, a line for each."""

    def read(reading: Reading) -> Table:
        found = bottlenecks(reading.connection, reading.run, query.include)
        return table_of("bottlenecks", Bottleneck, found.phases)

    return read


@with_files(router, "/api/prodplan/backlog")
def backlog_table(query: Annotated[IncludeQuery, Query()]) -> ReadTable:
    """Production work, a line for each week of its transport date; the last line has the orders without one."""

    def read(reading: Reading) -> Table:
        found = backlog(reading.connection, reading.run, query.include)
        table = table_of("backlog", DueWeek, found.weeks)
        undated = {"orders": found.orders_without_transport_date}
        return Table(table.name, table.columns, [*table.rows, [undated.get(name) for name in table.columns]])

    return read


@with_files(router, "/api/prodplan/risk_queue", listed=OrderRisk)
def risk_table(query: Annotated[OpenWorkQuery, Query()]) -> ReadTable:
    """The whole risk queue, a line for each order."""
    return lambda reading: table_of("risk_queue", OrderRisk, found_risks(reading, query, MOST).orders)

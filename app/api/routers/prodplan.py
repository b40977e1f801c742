"""Orders, their phases, the schedule and standard routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.http.problems import Problem
from app.api.http.spelling import IN_DIGITS, WholeNumber
from app.api.routers.queries import IncludeQuery, OpenWorkQuery
from app.api.routers.route_declaration import declared
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
from app.planning.backlog import backlog
from app.planning.bottlenecks import bottlenecks
from app.planning.orders import order_detail, order_phases
from app.planning.risk import RiskQueue, risk_queue
from app.planning.routes import standard_route
from app.planning.schedule import current_schedule

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

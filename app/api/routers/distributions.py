"""Key figures over time, by run and as distributions: trend, lead times, schedule adherence."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.routers.queries import Id, Page, PeriodQuery, ProductsQuery
from app.api.routers.route_declaration import declared
from app.api.schemas.answered import merged
from app.api.schemas.kpis import AdherenceAnswer, FiguresByRunAnswer, LeadTimesAnswer, TrendAnswer
from app.api.snapshot_reading import CurrentReading
from app.features.value_gates import PRODUTO_JOIN
from app.planning.indicators.adherence import schedule_adherence
from app.planning.indicators.lead_times import lead_times
from app.planning.indicators.run_figures import figures_by_run
from app.planning.indicators.trend import GroupBy, trend

router = admitting_router("kpis")


class TrendQuery(PeriodQuery):
    """The period, and the length of its parts."""

    group_by: GroupBy = Field(GroupBy.MONTH, description="weeks from Monday, or calendar months")


class LeadTimesQuery(ProductsQuery):
    """The period, one product, and the page of the list by product."""

    product: Id | None = Field(None, description="orders of this product alone")


@router.get(**declared("/api/kpis/trend", answer=TrendAnswer))
def by_time(reading: CurrentReading, query: Annotated[TrendQuery, Query()]) -> TrendAnswer:
    """Orders, deliveries, executions and errors by week or month, each by its own event."""
    result = trend(reading.connection, reading.run, query.wanted(), query.group_by)
    return merged(TrendAnswer, reading.answered(), result)


@router.get(**declared("/api/kpis/lead-times", answer=LeadTimesAnswer))
def distribution(reading: CurrentReading, query: Annotated[LeadTimesQuery, Query()]) -> LeadTimesAnswer:
    """Percentiles and histogram of lead times, and by product."""
    result = lead_times(
        reading.connection,
        reading.run,
        query.given(),
        product=query.product,
        limit=query.limit,
        offset=query.offset,
        product_names=reading.supports(PRODUTO_JOIN),
    )
    return merged(LeadTimesAnswer, reading.answered(), result)


@router.get(**declared("/api/kpis/schedule-adherence", answer=AdherenceAnswer))
def adherence(reading: CurrentReading, query: Annotated[PeriodQuery, Query()]) -> AdherenceAnswer:
    """Finished executions against their planned day, by phase."""
    result = schedule_adherence(reading.connection, reading.run, query.given())
    return merged(AdherenceAnswer, reading.answered(), result)


@router.get(**declared("/api/kpis/by-run", answer=FiguresByRunAnswer))
def by_run(reading: CurrentReading, query: Annotated[Page, Query()]) -> FiguresByRunAnswer:
    """Key figures of each published run, newest first, also of those that are no longer kept."""
    result = figures_by_run(reading.connection, reading.run, limit=query.limit, offset=query.offset)
    return merged(FiguresByRunAnswer, reading.answered(), result)

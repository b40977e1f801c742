"""Key figures over time, by run and as distributions: trend, lead times, schedule adherence."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.routers.file_tables import MOST, ReadTable, Table, mixed_table, table_of
from app.api.routers.queries import Id, Page, PeriodQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.kpis import AdherenceAnswer, FiguresByRunAnswer, LeadTimesAnswer, TrendAnswer
from app.api.snapshot_reading import CurrentReading, Reading
from app.features.value_gates import PRODUTO_JOIN
from app.planning.indicators.adherence import PhaseAdherence, schedule_adherence
from app.planning.indicators.lead_times import LeadTimeBar, LeadTimeDistribution, ProductLeadTimes, lead_times
from app.planning.indicators.run_figures import RunFigures, figures_by_run
from app.planning.indicators.trend import GroupBy, TrendPart, trend

router = admitting_router("kpis")


class TrendQuery(PeriodQuery):
    """The period, and the length of its parts."""

    group_by: GroupBy = Field(GroupBy.MONTH, description="weeks from Monday, or calendar months")


class LeadTimesFilter(PeriodQuery):
    """The period, and one product."""

    product: Id | None = Field(None, description="orders of this product alone")


class LeadTimesQuery(LeadTimesFilter, Page):
    """The filter, and the page of the list by product."""


@router.get(**declared("/api/kpis/trend", answer=TrendAnswer))
def by_time(reading: CurrentReading, query: Annotated[TrendQuery, Query()]) -> TrendAnswer:
    """Orders, deliveries, executions and errors by week or month, each by its own event."""
    result = trend(reading.connection, reading.run, query.wanted(), query.group_by)
    return merged(TrendAnswer, reading.answered(), result)


@router.get(**declared("/api/kpis/lead-times", answer=LeadTimesAnswer))
def distribution(reading: CurrentReading, query: Annotated[LeadTimesQuery, Query()]) -> LeadTimesAnswer:
    """Percentiles and histogram of lead times, and by product."""
    return merged(LeadTimesAnswer, reading.answered(), found_lead_times(reading, query, query.limit, query.offset))


def found_lead_times(reading: Reading, query: LeadTimesFilter, limit: int, offset: int = 0) -> LeadTimeDistribution:
    """The lead times that pass the filter, with a page of the products."""
    return lead_times(
        reading.connection,
        reading.run,
        query.given(),
        product=query.product,
        limit=limit,
        offset=offset,
        product_names=reading.supports(PRODUTO_JOIN),
    )


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


@with_files(router, "/api/kpis/trend")
def trend_table(query: Annotated[TrendQuery, Query()]) -> ReadTable:
    """Orders, deliveries, executions and errors, a line for each week or month."""

    def read(reading: Reading) -> Table:
        found = trend(reading.connection, reading.run, query.wanted(), query.group_by)
        return table_of("trend", TrendPart, found.parts)

    return read


@with_files(router, "/api/kpis/lead-times", listed=ProductLeadTimes)
def lead_times_table(query: Annotated[LeadTimesFilter, Query()]) -> ReadTable:
    """Lead times of all orders, a line for each range of the histogram and for each product: `of` says which."""

    def read(reading: Reading) -> Table:
        found = found_lead_times(reading, query, MOST)
        models = (ProductLeadTimes, LeadTimeBar)
        return mixed_table("lead_times", models, all=[found.overall], range=found.histogram, product=found.by_product)

    return read


@with_files(router, "/api/kpis/schedule-adherence")
def adherence_table(query: Annotated[PeriodQuery, Query()]) -> ReadTable:
    """Finished executions against their planned day, a line for each phase."""

    def read(reading: Reading) -> Table:
        found = schedule_adherence(reading.connection, reading.run, query.given())
        return table_of("schedule_adherence", PhaseAdherence, found.phases)

    return read


@with_files(router, "/api/kpis/by-run")
def runs_table() -> ReadTable:
    """Key figures, a line for each published run."""

    def read(reading: Reading) -> Table:
        found = figures_by_run(reading.connection, reading.run, limit=MOST, offset=0)
        return table_of("by_run", RunFigures, found.runs)

    return read

"""The work of the coming weeks against capacity, and the work at hand by age."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.http.spelling import WholeNumber
from app.api.routers.queries import Id, IncludeQuery, OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.schemas.answered import merged
from app.api.schemas.prodplan import LoadAnswer, WorkByAgeAnswer
from app.api.snapshot_reading import CurrentReading, Reading
from app.planning.simulation.weekly_load import Load, load
from app.planning.wip_age import work_by_age

router = admitting_router("prodplan")


class LoadQuery(IncludeQuery):
    """Parameters: the open orders that count, and the number of weeks."""

    phase: Id | None = Field(None, description="work at this phase alone")
    product: Id | None = Field(None, description="orders of this product alone")
    weeks: WholeNumber = Field(8, ge=1, le=26, description="weeks shown, as_of's first")


def found_load(reading: Reading, query: LoadQuery) -> Load:
    """The load that the query asks for."""
    return load(
        reading.connection,
        reading.shop,
        query.include,
        weeks=query.weeks,
        phase=query.phase,
        product=query.product,
    )


@router.get(**declared("/api/prodplan/load", answer=LoadAnswer))
def load_by_week(reading: CurrentReading, query: Annotated[LoadQuery, Query()]) -> LoadAnswer:
    """Open work of each phase by the week in which it is due, against the phase's capacity; takt of each week."""
    return merged(LoadAnswer, reading.answered(), found_load(reading, query))


@router.get(**declared("/api/prodplan/wip_age", answer=WorkByAgeAnswer))
def work_at_hand_by_age(reading: CurrentReading, query: Annotated[OpenWorkQuery, Query()]) -> WorkByAgeAnswer:
    """Work in process and queued by age, of all phases and by phase."""
    found = work_by_age(reading.connection, reading.run, query.include, query.narrowing())
    return merged(WorkByAgeAnswer, reading.answered(), found)

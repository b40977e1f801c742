"""The work of the coming weeks against capacity, and the work at hand by age."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.http.spelling import WholeNumber
from app.api.routers.file_tables import PHASE, ReadTable, Table, nested_table
from app.api.routers.queries import Id, IncludeQuery, OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.prodplan import LoadAnswer, WorkByAgeAnswer
from app.api.snapshot_reading import CurrentReading, Reading
from app.planning.simulation.weekly_load import Load, PhaseWeek, load
from app.planning.wip_age import AgeBucket, work_by_age

router = admitting_router("prodplan")
OF_WEEK = tuple(PhaseWeek.model_fields)
LATER, UNDATED = "later", "undated"
"""Work that is due behind the last week shown, and work of orders without transport date."""


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


@with_files(router, "/api/prodplan/load")
def load_table(query: Annotated[LoadQuery, Query()]) -> ReadTable:
    """Open work against capacity, a line for each phase and week; `due` names the two lines of each phase that belong
    to no week."""

    def read(reading: Reading) -> Table:
        rows = []
        for phase in found_load(reading, query).phases:
            head = (phase.phase_id, phase.phase_name, phase.places)
            rows += [(*head, "week", *(getattr(week, name) for name in OF_WEEK)) for week in phase.weeks]
            for due, hours in ((LATER, phase.later_work_hours), (UNDATED, phase.undated_work_hours)):
                rows.append((*head, due, *(hours if name == "work_hours" else None for name in OF_WEEK)))
        return Table("load", (*PHASE, "places", "due", *OF_WEEK), rows)

    return read


@with_files(router, "/api/prodplan/wip_age")
def ages_table(query: Annotated[OpenWorkQuery, Query()]) -> ReadTable:
    """Work in process and queued, a line for each phase and range of ages."""

    def read(reading: Reading) -> Table:
        phases = work_by_age(reading.connection, reading.run, query.include, query.narrowing()).phases
        return nested_table("work_by_age", PHASE, AgeBucket, ((phase, phase.ages) for phase in phases))

    return read

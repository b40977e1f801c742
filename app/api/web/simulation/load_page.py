"""The load of each phase, the bottlenecks, and what would change with other places or another rule."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from app.api.routers.dispatch import dispatch_table, read_list
from app.api.routers.ingestion import Shared
from app.api.routers.prodplan import PathId
from app.api.routers.queries import IncludeQuery, OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.routers.simulation.capacity import LoadQuery, ages_table, load_table
from app.api.routers.table_files import FileForm, file_in
from app.api.web.page_reading import PageReading
from app.api.web.page_route import page_file, page_router
from app.api.web.rendering import page
from app.api.web.simulation.scenario_form import WhatIfQuery, form_values
from app.planning.bottlenecks import bottlenecks
from app.planning.indicators.phase_kpis import by_phase
from app.planning.schedule import current_schedule
from app.planning.simulation.weekly_load import load as load_by_week
from app.planning.wip_age import work_by_age

router = page_router()
MOST_LISTED = 500
WEEKS = 6
"""Weeks of load that the page shows."""


@router.get(**declared("/load"), response_class=HTMLResponse)
def load(request: Request, reading: PageReading, query: Annotated[IncludeQuery, Query()]) -> HTMLResponse:
    """Work in process and queue per phase, and the days of work before each."""
    ranked = bottlenecks(reading.connection, reading.run, query.include)
    return page(
        request,
        "simulation/load.html.j2",
        reading=reading,
        query=query,
        schedule=current_schedule(reading.connection, reading.run, query.include),
        ranked=ranked,
        loaded=load_by_week(reading.connection, reading.shop, query.include, weeks=WEEKS),
        aged=work_by_age(reading.connection, reading.run, query.include),
        most_days=max((one.days_of_work_ahead or 0 for one in ranked.phases), default=0),
        **form_values(reading, WhatIfQuery()),
    )


@router.get(**declared("/load/phases/{phase_id}"), response_class=HTMLResponse)
def at_phase(
    request: Request, phase_id: PathId, reading: PageReading, query: Annotated[IncludeQuery, Query()]
) -> HTMLResponse:
    """The work that stands at one phase, the most urgent first, and who may do it."""
    listed = read_list(reading, OpenWorkQuery(phase=phase_id, include=query.include), MOST_LISTED)
    names = {one.phase_id: one.phase_name for one in by_phase(reading.connection, reading.run).phases}
    return page(
        request,
        "simulation/phase.html.j2",
        reading=reading,
        query=query,
        phase_id=phase_id,
        name=names.get(phase_id),
        found=listed.phases[0] if listed.phases else None,
    )


@router.get(**page_file("/load/weeks.{form}"), response_class=StreamingResponse)
async def weeks_file(form: FileForm, backend: Shared, query: Annotated[IncludeQuery, Query()]) -> StreamingResponse:
    """The load of the page's weeks as a file."""
    return await file_in(form, backend, load_table(LoadQuery(include=query.include, weeks=WEEKS)))


@router.get(**page_file("/load/ages.{form}"), response_class=StreamingResponse)
async def ages_file(form: FileForm, backend: Shared, query: Annotated[IncludeQuery, Query()]) -> StreamingResponse:
    """The work by age as a file."""
    return await file_in(form, backend, ages_table(OpenWorkQuery(include=query.include)))


@router.get(**page_file("/load/phases/{phase_id}/work.{form}"), response_class=StreamingResponse)
async def work_file(
    phase_id: PathId, form: FileForm, backend: Shared, query: Annotated[IncludeQuery, Query()]
) -> StreamingResponse:
    """The work at one phase as a file."""
    return await file_in(form, backend, dispatch_table(OpenWorkQuery(phase=phase_id, include=query.include)))

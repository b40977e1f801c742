"""The load of each phase, the bottlenecks, and what would change with other places or another rule."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, Field, ValidationError

from app.api.http.spelling import WholeNumber
from app.api.keys.rate_limits import Rate
from app.api.routers.dispatch import dispatch_table, found_list
from app.api.routers.figure_files import ages_table, load_table
from app.api.routers.ingestion import Shared
from app.api.routers.prodplan import PathId
from app.api.routers.queries import Id, IncludeQuery, OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.routers.simulation import whatif
from app.api.routers.simulation.capacity import LoadQuery
from app.api.routers.table_files import FileForm, file_in
from app.api.web.page_reading import PageReading
from app.api.web.page_route import page_file, page_router
from app.api.web.rendering import page
from app.planning.bottlenecks import bottlenecks
from app.planning.indicators.phase_kpis import by_phase
from app.planning.schedule import current_schedule
from app.planning.simulation.dispatch import Rule
from app.planning.simulation.scenario import Scenario
from app.planning.simulation.scenario_parts import MOST_PLACES, CapacityOverride
from app.planning.simulation.weekly_load import load as load_by_week
from app.planning.wip_age import work_by_age

router = page_router()
MOST_LISTED = 500
WEEKS = 6
"""Weeks of load that the page shows."""
PAIRS = (1, 2, 3)
"""Phases whose places one scenario of the form can change."""
Places = Annotated[WholeNumber | None, Field(ge=1, le=MOST_PLACES)]


class WhatIfQuery(BaseModel):
    """A scenario as a form sends it."""

    rule: Rule = Rule.FIFO
    phase_1: Id | None = None
    places_1: Places = None
    phase_2: Id | None = None
    places_2: Places = None
    phase_3: Id | None = None
    places_3: Places = None

    def scenario(self) -> Scenario:
        """The scenario. Raises RequestValidationError for a phase without places, places without phase, or a phase
        given twice."""
        pairs = [(getattr(self, f"phase_{one}"), getattr(self, f"places_{one}")) for one in PAIRS]
        for one, pair in zip(PAIRS, pairs, strict=True):
            if (pair[0] is None) != (pair[1] is None):
                name = f"places_{one}" if pair[1] is None else f"phase_{one}"
                raise RequestValidationError([_fault(name, "A phase and its places belong together")])
        given = [CapacityOverride(phase_id=phase, capacity=places) for phase, places in pairs if phase is not None]
        try:
            return Scenario(rule=self.rule, capacity_overrides=given)
        except ValidationError as error:
            raise RequestValidationError([_fault("phase", one["msg"]) for one in error.errors()]) from error


def _fault(name: str, message: str) -> dict[str, Any]:
    return {"loc": ("query", name), "msg": message}


@router.get(**declared("/load"), response_class=HTMLResponse)
def load(request: Request, reading: PageReading, query: Annotated[IncludeQuery, Query()]) -> HTMLResponse:
    """Work in process and queue per phase, and the days of work before each."""
    ranked = bottlenecks(reading.connection, reading.run, query.include)
    return page(
        request,
        "load.html.j2",
        reading=reading,
        query=query,
        schedule=current_schedule(reading.connection, reading.run, query.include),
        ranked=ranked,
        loaded=load_by_week(reading.connection, reading.shop, query.include, weeks=WEEKS),
        aged=work_by_age(reading.connection, reading.run, query.include),
        most_days=max((one.days_of_work_ahead or 0 for one in ranked.phases), default=0),
        **_form(reading, WhatIfQuery()),
    )


@router.get(**declared("/load/phases/{phase_id}"), response_class=HTMLResponse)
def at_phase(
    request: Request, phase_id: PathId, reading: PageReading, query: Annotated[IncludeQuery, Query()]
) -> HTMLResponse:
    """The work that stands at one phase, the most urgent first, and who may do it."""
    listed = found_list(reading, OpenWorkQuery(phase=phase_id, include=query.include), MOST_LISTED)
    names = {one.phase_id: one.phase_name for one in by_phase(reading.connection, reading.run).phases}
    return page(
        request,
        "phase.html.j2",
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


@router.get(
    **declared("/load/what-if", key_always=True, rate=Rate.SIMULATION),
    response_class=HTMLResponse,
)
def what_if(request: Request, reading: PageReading, query: Annotated[WhatIfQuery, Query()]) -> HTMLResponse:
    """The open work dispatched by a scenario, against the usual."""
    found = whatif.simulation(query.scenario(), reading)
    return page(request, "what_if.html.j2", reading=reading, found=found, **_form(reading, query))


def _form(reading: PageReading, query: WhatIfQuery) -> dict[str, Any]:
    phases = by_phase(reading.connection, reading.run).phases
    return {"asked": query, "rules": list(Rule), "pairs": PAIRS, "phases": phases, "most_places": MOST_PLACES}

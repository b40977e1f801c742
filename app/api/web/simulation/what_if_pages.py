"""Pages of what-if: a scenario of the form, and the scenarios that are kept, simulated on the live run."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ValidationError

from app.api.http.plant_path import address
from app.api.keys.api_keys import Scope
from app.api.keys.rate_limits import Rate
from app.api.routers.ingestion import Shared
from app.api.routers.queries import Id
from app.api.routers.route_declaration import declared
from app.api.routers.simulation import kept_scenarios, whatif
from app.api.routers.simulation.kept_scenarios import CompareRequest, ScenarioId
from app.api.routers.simulation.whatif import ScheduleQuery
from app.api.snapshot_reading import Reading
from app.api.web.page_reading import PageReading
from app.api.web.page_route import page_router
from app.api.web.problem_page import SEE_OTHER
from app.api.web.rendering import page
from app.api.web.simulation.gantt import gantt_of
from app.api.web.simulation.scenario_form import WhatIfQuery, form_values
from app.planning.simulation.kept_scenarios import NAME, NewScenario
from app.planning.simulation.scenario import Scenario
from app.planning.simulation.whatif import Simulation

router = page_router()
EXECUTIONS, DAYS = 150, 14
"""Bars of a schedule, and days of utilisation beside them."""
KEPT: Any = {"scope": Scope.PLAN, "rate": Rate.SIMULATION}
LIST = "/load/scenarios"


class Compared(BaseModel):
    """Kept scenarios to compare."""

    first: Id
    second: Id | None = None
    third: Id | None = None

    def numbers(self) -> list[int]:
        """Each once."""
        return list(dict.fromkeys(one for one in (self.first, self.second, self.third) if one is not None))


@router.get(**declared("/load/what-if", key_always=True, rate=Rate.SIMULATION), response_class=HTMLResponse)
def what_if(request: Request, reading: PageReading, query: Annotated[WhatIfQuery, Query()]) -> HTMLResponse:
    """The open work dispatched by a scenario, against the usual, and one phase's work in time."""
    scenario = query.scenario()
    found = whatif.simulation(scenario, reading)
    return page(
        request,
        "simulation/what_if.html.j2",
        reading=reading,
        found=found,
        kept=None,
        scenario=scenario.model_dump_json(),
        name_pattern=NAME.strip("^$"),
        **_planned(reading, scenario, query.first_phase() or _busiest(found)),
        **form_values(reading, query),
    )


@router.get(**declared(LIST, scope=Scope.PLAN), response_class=HTMLResponse)
def scenarios(request: Request, reading: PageReading, backend: Shared) -> HTMLResponse:
    """The kept scenarios, each with its outcome when it was kept."""
    found = kept_scenarios.kept_scenarios(backend).scenarios
    return page(request, "simulation/scenarios.html.j2", reading=reading, scenarios=found)


@router.post(**declared(LIST, **KEPT), response_class=HTMLResponse)
async def keep(request: Request, reading: PageReading, backend: Shared) -> RedirectResponse:
    """Keep the scenario of the form by the name in it."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    given = {name: fields.get(name, [""])[0].strip() for name in ("name", "note", "scenario")}
    try:
        scenario = Scenario.model_validate_json(given["scenario"])
        new = NewScenario(name=given["name"], note=given["note"] or None, scenario=scenario)
    except ValidationError as error:
        faults = [{"loc": ("body", *one["loc"]), "msg": one["msg"]} for one in error.errors()]
        raise RequestValidationError(faults) from error
    await run_in_threadpool(kept_scenarios.keep_scenario, request, Response(), new, reading, backend)
    return RedirectResponse(address(request, LIST), SEE_OTHER)


@router.get(**declared(f"{LIST}/compared", **KEPT), response_class=HTMLResponse)
def compared(request: Request, reading: PageReading, query: Annotated[Compared, Query()]) -> HTMLResponse:
    """Kept scenarios side by side, simulated on the live run."""
    asked = CompareRequest(scenario_ids=query.numbers())
    found = kept_scenarios.compare_scenarios(asked, reading)
    return page(request, "simulation/compared.html.j2", reading=reading, found=found)


@router.get(**declared(f"{LIST}/{{scenario_id}}", **KEPT), response_class=HTMLResponse)
def scenario_now(request: Request, scenario_id: ScenarioId, reading: PageReading, backend: Shared) -> HTMLResponse:
    """A kept scenario simulated on the live run."""
    found = kept_scenarios.simulate_again(scenario_id, reading, backend)
    return page(
        request,
        "simulation/what_if.html.j2",
        reading=reading,
        found=found,
        kept=found.kept,
        scenario="",
        **_planned(reading, found.scenario, _first_named(found.scenario) or _busiest(found)),
        **form_values(reading, WhatIfQuery()),
    )


@router.post(**declared(f"{LIST}/{{scenario_id}}/delete", scope=Scope.PLAN), response_class=HTMLResponse)
def delete(request: Request, scenario_id: ScenarioId, backend: Shared) -> RedirectResponse:
    """Delete a kept scenario, and go back to the list."""
    kept_scenarios.delete_scenario(scenario_id, backend)
    return RedirectResponse(address(request, LIST), SEE_OTHER)


def _planned(reading: Reading, scenario: Scenario, phase_id: int | None) -> dict[str, Any]:
    """The executions of one phase as bars, and the phase's utilisation by day; nothing without open work."""
    if phase_id is None:
        return {"shown_phase": None, "gantt": None, "plan": None}
    plan = whatif.schedule(scenario, reading, ScheduleQuery(phase=phase_id, limit=EXECUTIONS, days=DAYS))
    return {"shown_phase": phase_id, "gantt": gantt_of(plan.executions), "plan": plan}


def _first_named(scenario: Scenario) -> int | None:
    return next((phase for _, phase in scenario.named_phases()), None)


def _busiest(found: Simulation) -> int | None:
    hours = {one.phase_id: one.work_hours / one.capacity for one in found.phases}
    return max(hours, key=hours.__getitem__, default=None)

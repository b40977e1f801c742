"""A scenario as the form of the pages sends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from app.api.http.spelling import WholeNumber
from app.api.routers.queries import Id
from app.api.snapshot_reading import Reading
from app.planning.indicators.phase_kpis import by_phase
from app.planning.simulation.dispatch import Rule
from app.planning.simulation.scenario import Scenario
from app.planning.simulation.scenario_parts import MOST_PLACES

PAIRS = (1, 2, 3)
"""Phases whose places, and orders whose due days, one scenario of the form can change."""
PLACES_OF = {"phase_id": "phase_{0}", "capacity": "places_{0}"}
DUE_OF = {"work_order_id": "due_order_{0}", "due": "due_day_{0}"}
BREAKDOWN_OF = {"phase_id": "breakdown_phase", "starts_at": "breakdown_from", "ends_at": "breakdown_to"}
OVERTIME_OF = {"first": "overtime_from", "last": "overtime_to", "hours": "overtime_hours"}
Places = Annotated[WholeNumber | None, Field(ge=1, le=MOST_PLACES)]
Text = Annotated[str | None, Field(max_length=2_000)]
Members = dict[str, Any]


class WhatIfQuery(BaseModel):
    """A scenario as a form sends it, and the phase whose schedule is shown."""

    rule: Rule = Rule.FIFO
    phase_1: Id | None = None
    places_1: Places = None
    phase_2: Id | None = None
    places_2: Places = None
    phase_3: Id | None = None
    places_3: Places = None
    breakdown_phase: Id | None = None
    breakdown_from: Text = None
    breakdown_to: Text = None
    breakdown_places: Places = None
    overtime_from: Text = None
    overtime_to: Text = None
    overtime_hours: Annotated[float | None, Field(gt=0, le=24)] = None
    overtime_phase: Id | None = None
    rush: Text = None
    vip: Text = None
    due_order_1: Id | None = None
    due_day_1: Text = None
    due_order_2: Id | None = None
    due_day_2: Text = None
    due_order_3: Id | None = None
    due_day_3: Text = None
    shown: Id | None = None

    def scenario(self) -> Scenario:
        """The scenario. Raises RequestValidationError for a part of which a field is missing, or that none can be."""
        members = {
            "rule": self.rule,
            "capacity_overrides": list(self._each(PLACES_OF)),
            "breakdowns": list(self._one(BREAKDOWN_OF, places=self.breakdown_places)),
            "overtime": list(self._one(OVERTIME_OF, phase_id=self.overtime_phase)),
            "due_dates": list(self._each(DUE_OF)),
            "first_orders": _numbers("rush", self.rush),
            "vip_orders": _numbers("vip", self.vip),
        }
        try:
            return Scenario.model_validate(members)
        except ValidationError as error:
            faults = [_fault(".".join(map(str, one["loc"])) or "scenario", one["msg"]) for one in error.errors()]
            raise RequestValidationError(faults) from error

    def first_phase(self) -> int | None:
        """The phase whose schedule is asked for, or the first one that the scenario changes."""
        named = (self.shown, self.phase_1, self.breakdown_phase, self.overtime_phase)
        return next((phase for phase in named if phase is not None), None)

    def _each(self, names: dict[str, str]) -> Iterator[Members]:
        for number in PAIRS:
            yield from self._one({member: name.format(number) for member, name in names.items()})

    def _one(self, names: dict[str, str], **further: Any) -> Iterator[Members]:
        """The part that these fields make; none where all are empty."""
        given = {member: getattr(self, name) for member, name in names.items()}
        missing = [name for member, name in names.items() if given[member] is None]
        if missing and (len(missing) < len(names) or any(value is not None for value in further.values())):
            raise RequestValidationError([_fault(missing[0], f"These belong together: {', '.join(names.values())}")])
        if not missing:
            yield given | further


def form_values(reading: Reading, query: WhatIfQuery) -> dict[str, Any]:
    """Values of the form's template."""
    phases = by_phase(reading.connection, reading.run).phases
    return {"asked": query, "rules": list(Rule), "pairs": PAIRS, "phases": phases, "most_places": MOST_PLACES}


def _numbers(name: str, text: str | None) -> list[int]:
    try:
        return [int(one) for one in re.split(r"[\s,;]+", text or "") if one]
    except ValueError as error:
        raise RequestValidationError([_fault(name, "Give numbers of orders, with blanks or commas between")]) from error


def _fault(name: str, message: str) -> Members:
    return {"loc": ("query", name), "msg": message}

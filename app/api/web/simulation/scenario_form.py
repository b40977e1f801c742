"""A scenario as the form of the pages sends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError, create_model

from app.api.http.spelling import WholeNumber
from app.api.routers.queries import Id
from app.api.snapshot_reading import Reading
from app.planning.indicators.phase_kpis import by_phase
from app.planning.simulation.dispatch import Rule
from app.planning.simulation.scenario import Scenario
from app.planning.simulation.scenario_parts import MOST_PLACES

FEWEST_LINES, MOST_LINES = 3, 10
"""Lines of each part that the form shows at least, and takes at most."""
Places = Annotated[WholeNumber | None, Field(ge=1, le=MOST_PLACES)]
Hours = Annotated[float | None, Field(gt=0, le=24)]
Text = Annotated[str | None, Field(max_length=2_000)]
Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A list of the scenario, a line of fields for each entry: by member of the entry the field's name and type.

    needed: all of these, or nothing of the line. more: may be left empty.
    """

    needed: dict[str, tuple[str, Any]]
    more: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def named(self, line: int) -> dict[str, str]:
        """The names of a line's fields."""
        return {member: f"{name}_{line}" for member, (name, _) in (self.needed | self.more).items()}


NUMBER = Id | None
PARTS = {
    "capacity_overrides": Part({"phase_id": ("phase", NUMBER), "capacity": ("places", Places)}),
    "breakdowns": Part(
        {
            "phase_id": ("breakdown_phase", NUMBER),
            "starts_at": ("breakdown_from", Text),
            "ends_at": ("breakdown_to", Text),
        },
        {"places": ("breakdown_places", Places)},
    ),
    "overtime": Part(
        {"first": ("overtime_from", Text), "last": ("overtime_to", Text), "hours": ("overtime_hours", Hours)},
        {"phase_id": ("overtime_phase", NUMBER)},
    ),
    "due_dates": Part({"work_order_id": ("due_order", NUMBER), "due": ("due_day", Text)}),
}
LINES = range(1, MOST_LINES + 1)


class ScenarioForm(BaseModel):
    """A scenario as a form sends it, and the phase whose schedule is shown."""

    rule: Rule = Rule.FIFO
    rush: Text = None
    vip: Text = None
    shown: Id | None = None

    def scenario(self) -> Scenario:
        """The scenario. Raises RequestValidationError for a part of which a field is missing, or that none can be."""
        members: Members = {name: list(self._entries(part)) for name, part in PARTS.items()}
        members |= {"rule": self.rule}
        members |= {"first_orders": _numbers("rush", self.rush), "vip_orders": _numbers("vip", self.vip)}
        try:
            return Scenario.model_validate(members)
        except ValidationError as error:
            faults = [_fault(".".join(map(str, one["loc"])) or "scenario", one["msg"]) for one in error.errors()]
            raise RequestValidationError(faults) from error

    def first_phase(self) -> int | None:
        """The phase whose schedule is asked for, or the first one that the scenario changes."""
        named = [self._given(part, line).get("phase_id") for part in PARTS.values() for line in LINES]
        return next((phase for phase in (self.shown, *named) if phase is not None), None)

    def is_given(self, part: str) -> bool:
        """True if a field of the part is filled."""
        return any(self._filled(part))

    def lines(self, part: str) -> range:
        """The lines of a part that the form shows: one more than are filled."""
        return LINES[: max([FEWEST_LINES, *(line + 1 for line in self._filled(part))])]

    def _filled(self, part: str) -> list[int]:
        given = {line: self._given(PARTS[part], line).values() for line in LINES}
        return [line for line, values in given.items() if any(value is not None for value in values)]

    def _given(self, part: Part, line: int) -> Members:
        return {member: getattr(self, name) for member, name in part.named(line).items()}

    def _entries(self, part: Part) -> Iterator[Members]:
        for line in LINES:
            given, names = self._given(part, line), part.named(line)
            missing = [names[member] for member in part.needed if given[member] is None]
            if any(value is not None for value in given.values()):
                if missing:
                    together = ", ".join(names[member] for member in part.needed)
                    raise RequestValidationError([_fault(missing[0], f"These belong together: {together}")])
                yield given


if TYPE_CHECKING:
    WhatIfQuery = ScenarioForm
else:
    WhatIfQuery = create_model(
        "WhatIfQuery",
        __base__=ScenarioForm,
        **{
            f"{name}_{line}": (kind, None)
            for part in PARTS.values()
            for name, kind in (part.needed | part.more).values()
            for line in LINES
        },
    )


def form_values(reading: Reading, query: ScenarioForm) -> dict[str, Any]:
    """Values of the form's template."""
    phases = by_phase(reading.connection, reading.run).phases
    lines = {part: query.lines(part) for part in PARTS}
    return {"asked": query, "rules": list(Rule), "lines": lines, "phases": phases, "most_places": MOST_PLACES}


def _numbers(name: str, text: str | None) -> list[int]:
    try:
        return [int(one) for one in re.split(r"[\s,;]+", text or "") if one]
    except ValueError as error:
        raise RequestValidationError([_fault(name, "Give numbers of orders, with blanks or commas between")]) from error


def _fault(name: str, message: str) -> Members:
    return {"loc": ("query", name), "msg": message}

"""A scenario: what is asked of the open work, and its fingerprint. Definitions: docs/kpis.md, "What if"."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Annotated

from pydantic import ConfigDict, Field, field_validator

from app.features.calendar import Calendar
from app.planning.simulation.dispatch import Rule
from app.planning.snapshot.answer import Answer
from app.planning.snapshot.live_run import PlanningError, Run
from app.planning.snapshot.standing import INCLUDE_TEXT, Include

MOST_OVERRIDES, MOST_PLACES = 500, 1_000
ALWAYS_NAMED = ("rule", "include", "capacity_overrides")
Number = Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1)]


class UnknownPhases(PlanningError):
    """An override names phases that the run does not have; `phase_ids` lists them."""

    code = "UNKNOWN_PHASE"

    def __init__(self, phase_ids: list[int]) -> None:
        super().__init__(f"The live run knows no phase {', '.join(map(str, phase_ids))}.")
        self.phase_ids = phase_ids


class UnknownOrders(PlanningError):
    """The scenario names orders that have no open phase in it; `work_order_ids` lists them."""

    code = "UNKNOWN_ORDER"

    def __init__(self, work_order_ids: list[int]) -> None:
        super().__init__(f"The open work has no order {', '.join(map(str, work_order_ids))}.")
        self.work_order_ids = work_order_ids


class CapacityOverride(Answer):
    """So many executions of a phase may run side by side."""

    phase_id: Number
    capacity: int = Field(strict=True, ge=1, le=MOST_PLACES)


class Scenario(Answer):
    """A scenario to simulate: a priority rule, capacities other than usual, another calendar."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rule": "EDD", "capacity_overrides": [{"phase_id": 1, "capacity": 2}]}]}
    )

    rule: Rule = Field(
        Rule.FIFO, description="who goes first: longest wait, earliest transport day, shortest duration, least slack"
    )
    include: Include | None = Field(None, description=INCLUDE_TEXT)
    capacity_overrides: list[CapacityOverride] = Field([], max_length=MOST_OVERRIDES, description="each phase once")
    first_orders: list[Number] = Field(
        [], max_length=MOST_OVERRIDES, description="orders that go before all others, whatever the rule: rush orders"
    )
    calendar: Calendar | None = Field(None, description="when the factory works; null: as declared (calendar.toml)")

    @field_validator("capacity_overrides")
    @classmethod
    def _each_once(cls, given: list[CapacityOverride]) -> list[CapacityOverride]:
        twice = sorted(phase for phase, count in Counter(one.phase_id for one in given).items() if count > 1)
        if twice:
            raise ValueError(f"phase given more than once: {', '.join(map(str, twice))}")
        return given

    def canonical(self) -> Scenario:
        """The scenario with its overrides sorted by phase and `include` in one order: their order has no meaning."""
        ordered = sorted(self.capacity_overrides, key=lambda one: one.phase_id)
        include = "terminal,stale" if self.include == "stale,terminal" else self.include
        first = sorted(set(self.first_orders))
        return self.model_copy(update={"include": include, "capacity_overrides": ordered, "first_orders": first})


def fingerprint(run: Run, scenario: Scenario) -> str:
    """SHA-256 of run, workbook and scenario as JSON without blanks, names and phases sorted.

    Of the members only ALWAYS_NAMED count where they are not given, so that a new member changes no fingerprint.
    """
    members = scenario.canonical().model_dump(mode="json")
    usual = Scenario().model_dump(mode="json")
    asked = {name: value for name, value in members.items() if name in ALWAYS_NAMED or value != usual[name]}
    canonical = {"run_id": run.run_id, "excel_sha256": run.excel_sha256, **asked}
    return hashlib.sha256(json.dumps(canonical, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

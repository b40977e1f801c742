"""A scenario: what is asked of the open work, and its fingerprint. Definitions: docs/kpis.md, "What if"."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby, pairwise
from typing import TypeVar

from pydantic import ConfigDict, Field, field_validator, model_validator

from app.features.calendar import Calendar
from app.planning.simulation.dispatch import Rule
from app.planning.simulation.scenario_parts import Breakdown, CapacityOverride, DueDate, Number, Overtime
from app.planning.snapshot.answer import Answer
from app.planning.snapshot.live_run import PlanningError, Run
from app.planning.snapshot.standing import INCLUDE_TEXT, Include

MOST_OVERRIDES, MOST_OVERTIME = 500, 20
Given = TypeVar("Given")
ALWAYS_NAMED = ("rule", "include", "capacity_overrides")


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


class Scenario(Answer):
    """A scenario to simulate: another rule, other places, breakdowns, overtime, rush and VIP orders, due dates."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "rule": "EDD",
                    "capacity_overrides": [{"phase_id": 1, "capacity": 2}],
                    "breakdowns": [
                        {
                            "phase_id": 2,
                            "starts_at": "2024-03-07T08:00:00",
                            "ends_at": "2024-03-08T12:00:00",
                            "places": 1,
                        }
                    ],
                    "overtime": [{"first": "2024-03-04", "last": "2024-03-29", "hours": 2, "phase_id": 1}],
                }
            ]
        }
    )

    rule: Rule = Field(
        Rule.FIFO, description="who goes first: longest wait, earliest transport day, shortest duration, least slack"
    )
    include: Include | None = Field(None, description=INCLUDE_TEXT)
    capacity_overrides: list[CapacityOverride] = Field([], max_length=MOST_OVERRIDES, description="each phase once")
    first_orders: list[Number] = Field(
        [], max_length=MOST_OVERRIDES, description="orders that go before all others, whatever the rule: rush orders"
    )
    vip_orders: list[Number] = Field(
        [], max_length=MOST_OVERRIDES, description="orders that go after the rush orders and before all others"
    )
    due_dates: list[DueDate] = Field([], max_length=MOST_OVERRIDES, description="of orders, instead of transport days")
    breakdowns: list[Breakdown] = Field(
        [], max_length=MOST_OVERRIDES, description="places out of use; of one phase one after the other"
    )
    overtime: list[Overtime] = Field([], max_length=MOST_OVERTIME, description="hours of work beside the calendar's")
    calendar: Calendar | None = Field(None, description="when the factory works; null: as declared (calendar.toml)")

    @field_validator("capacity_overrides")
    @classmethod
    def _each_phase_once(cls, given: list[CapacityOverride]) -> list[CapacityOverride]:
        return _each_once("phase", given, [one.phase_id for one in given])

    @field_validator("due_dates")
    @classmethod
    def _each_order_once(cls, given: list[DueDate]) -> list[DueDate]:
        return _each_once("order", given, [one.work_order_id for one in given])

    @field_validator("breakdowns")
    @classmethod
    def _one_after_the_other(cls, given: list[Breakdown]) -> list[Breakdown]:
        ordered = sorted(given, key=_by_start)
        for phase_id, of_phase in groupby(ordered, key=lambda one: one.phase_id):
            if any(later.starts_at < earlier.ends_at for earlier, later in pairwise(of_phase)):
                raise ValueError(f"two breakdowns of phase {phase_id} overlap")
        return given

    @model_validator(mode="after")
    def _in_one_class(self) -> Scenario:
        both = sorted(set(self.first_orders) & set(self.vip_orders))
        if both:
            raise ValueError(f"in first_orders and in vip_orders: order {', '.join(map(str, both))}")
        return self

    def named_phases(self) -> Iterator[tuple[str, int]]:
        """Each phase with the place at which the scenario names it."""
        for member in ("capacity_overrides", "breakdowns", "overtime"):
            for place, one in enumerate(getattr(self, member)):
                if one.phase_id is not None:
                    yield f"{member}.{place}.phase_id", one.phase_id

    def named_orders(self) -> Iterator[tuple[str, int]]:
        """Each order with the place at which the scenario names it."""
        for member in ("first_orders", "vip_orders"):
            for place, number in enumerate(getattr(self, member)):
                yield f"{member}.{place}", number
        for place, one in enumerate(self.due_dates):
            yield f"due_dates.{place}.work_order_id", one.work_order_id

    def canonical(self) -> Scenario:
        """The scenario with its lists sorted, but for overtime, and `include` in one order."""
        return self.model_copy(
            update={
                "include": "terminal,stale" if self.include == "stale,terminal" else self.include,
                "capacity_overrides": sorted(self.capacity_overrides, key=lambda one: one.phase_id),
                "first_orders": sorted(set(self.first_orders)),
                "vip_orders": sorted(set(self.vip_orders)),
                "due_dates": sorted(self.due_dates, key=lambda one: one.work_order_id),
                "breakdowns": sorted(self.breakdowns, key=_by_start),
            }
        )


def fitted(
    scenario: Scenario, phases: Collection[int], orders: Collection[int]
) -> tuple[Scenario, list[int], list[int]]:
    """The scenario without other phases and orders than these, and the phases and orders left out."""
    update = {
        member: [one for one in getattr(scenario, member) if one.phase_id is None or one.phase_id in phases]
        for member in ("capacity_overrides", "breakdowns", "overtime")
    }
    update |= {
        member: [number for number in getattr(scenario, member) if number in orders]
        for member in ("first_orders", "vip_orders")
    }
    update["due_dates"] = [one for one in scenario.due_dates if one.work_order_id in orders]
    return (
        scenario.model_copy(update=update),
        sorted({phase for _, phase in scenario.named_phases() if phase not in phases}),
        sorted({number for _, number in scenario.named_orders() if number not in orders}),
    )


def _each_once(kind: str, given: list[Given], numbers: Iterable[int]) -> list[Given]:
    twice = sorted(number for number, count in Counter(numbers).items() if count > 1)
    if twice:
        raise ValueError(f"{kind} given more than once: {', '.join(map(str, twice))}")
    return given


def _by_start(one: Breakdown) -> tuple[int, str]:
    return one.phase_id, one.starts_at


def fingerprint(run: Run, scenario: Scenario) -> str:
    """SHA-256 of run, workbook and scenario as JSON without blanks, names and phases sorted.

    Of the members only ALWAYS_NAMED count where they are not given, so that a new member changes no fingerprint.
    """
    members = scenario.canonical().model_dump(mode="json")
    usual = Scenario().model_dump(mode="json")
    asked = {name: value for name, value in members.items() if name in ALWAYS_NAMED or value != usual[name]}
    canonical = {"run_id": run.run_id, "excel_sha256": run.excel_sha256, **asked}
    return hashlib.sha256(json.dumps(canonical, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

"""A scenario's executions in time, and the utilisation of each phase by day. docs/kpis.md, "What if, as a schedule"."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import sqlalchemy as sa
from pydantic import Field

from app.features.calendar import DAY_S
from app.planning.simulation.dispatch import Execution
from app.planning.simulation.interruptions import Interruptions
from app.planning.simulation.planned_work import PlannedWork, planned_by
from app.planning.simulation.scenario import Scenario, fingerprint
from app.planning.simulation.shop import Shop
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.local_time import LocalTime, moment_after
from app.ratios import ratio

UNINTERRUPTED = Interruptions()


class ScheduledExecution(Answer):
    """One open phase of an order as dispatched. Times are factory-local; null: beyond the calendar."""

    work_order_id: int
    product_id: int
    step: int = Field(description="1: the order's first open phase")
    phase_id: int
    in_process: bool = Field(description="begun before as_of; starts_at is when work goes on after as_of")
    starts_at: LocalTime | None
    ends_at: LocalTime | None
    rest_hours: Figure = Field(description="working hours without work, because its place was out of use")


class PhaseDay(Answer):
    """One phase on one day with working hours."""

    day: dt.date
    available_hours: Figure = Field(description="working hours of the day by places, without breakdowns; from as_of on")
    work_hours: Figure = Field(description="hours worked; more than available where more is in process than places")
    utilisation_ratio: Figure | None = Field(description="work_hours / available_hours; null: none are available")


class PhaseUtilisation(Answer):
    """Days of one phase with open work."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    days: list[PhaseDay] = Field(description="without days on which the phase neither works nor could")


class SimulatedSchedule(Answer):
    """A scenario's executions, a page of them, and the utilisation of the first days."""

    scenario: Scenario
    scenario_sha256: str = Field(description="of the canonical scenario and the run")
    simulated_orders: int
    executions_total: int = Field(description="of all pages, by the filters")
    executions: list[ScheduledExecution] = Field(description="by start, then order and step")
    utilisation: list[PhaseUtilisation] = Field(description="in the factory's order")


class Part(NamedTuple):
    """The part of a schedule that is asked for. days: of the utilisation, the day of as_of first."""

    phase_id: int | None = None
    product_id: int | None = None
    work_order_id: int | None = None
    limit: int = 1_000
    offset: int = 0
    days: int = 14


def simulated_schedule(connection: sa.Connection, shop: Shop, scenario: Scenario, part: Part) -> SimulatedSchedule:
    """Dispatch the run's open work as the scenario says. Raises UnknownPhases, UnknownOrders, OvertimeRefused."""
    work = shop.open_work(connection, scenario.include)
    planned, now = planned_by(shop, work, scenario), shop.now
    in_process = {job.work_order_id for job in work.jobs if job.in_process}
    asked = sorted(
        (one for one in planned.executions if _is_asked(one, planned, part)),
        key=lambda one: (one.started_s, one.work_order_id, one.place),
    )
    return SimulatedSchedule(
        scenario=scenario.canonical(),
        scenario_sha256=fingerprint(shop.run, scenario),
        simulated_orders=len(work.jobs),
        executions_total=len(asked),
        executions=[
            _scheduled(one, planned, now, one.place == 0 and one.work_order_id in in_process)
            for one in asked[part.offset : part.offset + part.limit]
        ],
        utilisation=list(_utilisation(shop, planned, now, part)) if work.jobs else [],
    )


def _is_asked(one: Execution, planned: PlannedWork, part: Part) -> bool:
    return (
        part.phase_id in (None, one.phase_id)
        and part.work_order_id in (None, one.work_order_id)
        and part.product_id in (None, planned.orders[one.work_order_id].product_id)
    )


def _scheduled(one: Execution, planned: PlannedWork, now: dt.datetime, in_process: bool) -> ScheduledExecution:
    end = planned.time.end_of(one.finished_s)
    # A phase that takes no time begins when it ends, and not with the next shift.
    start = planned.time.start_after(one.started_s) if one.finished_s > one.started_s else end
    own = planned.interruptions.get(one.phase_id, UNINTERRUPTED)
    return ScheduledExecution(
        work_order_id=one.work_order_id,
        product_id=planned.orders[one.work_order_id].product_id,
        step=one.place + 1,
        phase_id=one.phase_id,
        in_process=in_process,
        starts_at=moment_after(now, start),
        ends_at=moment_after(now, end),
        rest_hours=sum(own.worked(since, until) for since, until in one.rests) / 3600,
    )


def _utilisation(shop: Shop, planned: PlannedWork, now: dt.datetime, part: Part) -> Iterator[PhaseUtilisation]:
    midnights = _midnights(planned, now, part.days)
    days = [now.date() + dt.timedelta(days=number) for number in range(part.days)]
    by_phase: dict[int, list[Execution]] = defaultdict(list)
    for one in planned.executions:
        by_phase[one.phase_id].append(one)
    for phase_id, pace in shop.paces.items():
        if phase_id in by_phase and part.phase_id in (None, phase_id):
            own = planned.interruptions.get(phase_id, UNINTERRUPTED)
            worked = _worked(by_phase[phase_id], own, midnights)
            available = _available(planned.capacities[phase_id], own, midnights)
            found = [_day(*one) for one in zip(days, available, worked, strict=True) if one[1] or one[2]]
            yield PhaseUtilisation(phase_id=phase_id, phase_name=pace.phase_name, days=found)


def _midnights(planned: PlannedWork, now: dt.datetime, days: int) -> list[int]:
    """Working seconds until now, and until the midnight after each day."""
    since_midnight = now.hour * 3600 + now.minute * 60 + now.second
    return [0, *(planned.time.until(number * DAY_S - since_midnight) for number in range(1, days + 1))]


def _available(places: int, own: Interruptions, midnights: Sequence[int]) -> Iterator[int]:
    """Seconds of all places together on each day."""
    for since, until in pairwise(midnights):
        lost = sum(loss.places * own.worked(max(since, loss.start_s), min(until, loss.end_s)) for loss in own.losses)
        yield places * own.worked(since, until) - lost


def _worked(executions: Iterable[Execution], own: Interruptions, midnights: Sequence[int]) -> list[int]:
    """Seconds worked on each day by all executions together."""
    found = [0] * (len(midnights) - 1)
    for one in executions:
        for number in range(max(bisect_right(midnights, one.started_s) - 1, 0), len(found)):
            since, until = max(midnights[number], one.started_s), min(midnights[number + 1], one.finished_s)
            if midnights[number] >= one.finished_s:
                break
            rested = sum(own.worked(max(since, start), min(until, end)) for start, end in one.rests)
            found[number] += own.worked(since, until) - rested
    return found


def _day(day: dt.date, available_s: int, worked_s: int) -> PhaseDay:
    return PhaseDay(
        day=day,
        available_hours=available_s / 3600,
        work_hours=worked_s / 3600,
        utilisation_ratio=ratio(worked_s, available_s),
    )

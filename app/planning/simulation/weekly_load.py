"""The open work of each phase against its capacity, by week. Definitions: docs/kpis.md, "Load and capacity"."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from pydantic import Field

from app.planning.simulation.open_work import OpenWork
from app.planning.simulation.shop import Shop
from app.planning.simulation.working_time import WorkingTime
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.standing import Include, OpenOrderStanding
from app.ratios import ratio

WEEK = dt.timedelta(days=7)
Work = tuple[int, int, int]
"""An execution: its phase, the place of its week (or LATER, UNDATED), its seconds."""
LATER, UNDATED = -1, -2


class FactoryWeek(Answer):
    """One week of the factory; the first one begins at as_of, and has what was due before, too."""

    week_start: dt.date = Field(description="its Monday")
    working_hours: Figure = Field(description="of the calendar; of the first week those from as_of on")
    due_orders: int = Field(description="orders with open work that are due in it")
    takt_hours: Figure | None = Field(description="working_hours / due_orders; null: nothing is due")


class PhaseWeek(Answer):
    """The load of one phase in one week."""

    week_start: dt.date
    executions: int
    work_hours: Figure = Field(description="sum of the executions' durations, by pace_factor")
    capacity_hours: Figure = Field(description="places x working_hours of the week")
    load_ratio: Figure | None = Field(description="work_hours / capacity_hours; null: nobody works in that week")
    cumulative_load_ratio: Figure | None = Field(description="of this week and all before it; null: as load_ratio")


class LoadedPhase(Answer):
    """The open work of one phase."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    places: int = Field(description="places in use side by side in the last 90 days (p95)")
    executions: int = Field(description="those of all weeks, later ones, and those without a transport date")
    work_hours: Figure
    later_work_hours: Figure = Field(description="of these, due behind the last week shown")
    undated_work_hours: Figure = Field(description="of these, of orders without transport date")
    weeks: list[PhaseWeek]


class Load(Answer):
    """Open work by the week in which its order is due, against the capacity of its phase in that week."""

    standing: OpenOrderStanding
    pace_factor: Figure = Field(description="of the calibration; 1: not calibrated")
    weeks: list[FactoryWeek] = Field(description="as many as asked; none without any time in the run")
    phases: list[LoadedPhase] = Field(description="in the factory's order; phases without open work are left out")


def load(
    connection: sa.Connection,
    shop: Shop,
    include: Include | None = None,
    *,
    weeks: int,
    phase: int | None = None,
    product: int | None = None,
) -> Load:
    """The load of this number of weeks; of one phase, or of the orders of one product."""
    work = shop.open_work(connection, include)
    mondays = [] if shop.run.as_of is None else _mondays(shop.run.as_of.date(), weeks)
    hours = _working_hours(shop, mondays)
    places = {job.work_order_id: _place(job.due_day, mondays) for job in work.jobs}
    mine = {key for key in places if product in (None, work.orders[key].product_id)}
    by_phase: dict[int, list[Work]] = defaultdict(list)
    due: set[int] = set()
    for one, of_phase in _executions(work, places, mine):
        if phase in (None, of_phase[0]):
            by_phase[of_phase[0]].append(of_phase)
            due.add(one)
    return Load(
        standing=shop.run.standing,
        pace_factor=shop.pace_factor,
        weeks=[
            _factory_week(monday, hours[place], sum(places[one] == place for one in due))
            for place, monday in enumerate(mondays)
        ],
        phases=[
            _phase(shop, number, by_phase[number], list(zip(mondays, hours, strict=True)))
            for number in shop.paces
            if number in by_phase
        ],
    )


def _mondays(day: dt.date, weeks: int) -> list[dt.date]:
    monday = day.toordinal() - day.weekday()
    last = min(weeks, (dt.date.max.toordinal() - monday) // 7)
    return [dt.date.fromordinal(max(monday + 7 * number, 1)) for number in range(last)]


def _working_hours(shop: Shop, mondays: list[dt.date]) -> list[float]:
    """Working hours of each week, from as_of on."""
    clock, hours, before = WorkingTime(shop.calendar, shop.now), [], 0
    for monday in mondays:
        end = dt.datetime.combine(monday + WEEK, dt.time())
        until = clock.until((end - shop.now.replace(microsecond=0)) // dt.timedelta(seconds=1))
        hours.append((until - before) / 3600)
        before = until
    return hours


def _place(due_day: int | None, mondays: list[dt.date]) -> int:
    """The week in which an order is due; what was due earlier is due in the first."""
    if due_day is None or not mondays:
        return UNDATED
    place = max((due_day - mondays[0].toordinal()) // 7, 0)
    return place if place < len(mondays) else LATER


def _executions(work: OpenWork, places: dict[int, int], orders: set[int]) -> Iterable[tuple[int, Work]]:
    for job in work.jobs:
        if job.work_order_id in orders:
            for operation in job.operations:
                yield job.work_order_id, (operation.phase_id, places[job.work_order_id], operation.duration_s)


def _factory_week(monday: dt.date, hours: float, due: int) -> FactoryWeek:
    return FactoryWeek(week_start=monday, working_hours=hours, due_orders=due, takt_hours=ratio(hours, due))


def _phase(shop: Shop, phase_id: int, work: list[Work], weeks: list[tuple[dt.date, float]]) -> LoadedPhase:
    places, found, so_far, capacity_so_far = shop.capacities[phase_id], [], 0.0, 0.0
    for place, (monday, hours) in enumerate(weeks):
        own = [seconds for _, at, seconds in work if at == place]
        load_hours, capacity = sum(own) / 3600, places * hours
        so_far, capacity_so_far = so_far + load_hours, capacity_so_far + capacity
        found.append(
            PhaseWeek(
                week_start=monday,
                executions=len(own),
                work_hours=load_hours,
                capacity_hours=capacity,
                load_ratio=ratio(load_hours, capacity),
                cumulative_load_ratio=ratio(so_far, capacity_so_far),
            )
        )
    return LoadedPhase(
        phase_id=phase_id,
        phase_name=shop.paces[phase_id].phase_name,
        places=places,
        executions=len(work),
        work_hours=_hours(work),
        later_work_hours=_hours(one for one in work if one[1] == LATER),
        undated_work_hours=_hours(one for one in work if one[1] == UNDATED),
        weeks=found,
    )


def _hours(work: Iterable[Work]) -> float:
    return sum(seconds for _, _, seconds in work) / 3600

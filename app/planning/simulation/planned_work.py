"""The open work dispatched as usual, and as a scenario says. Definitions: docs/kpis.md, "What if"."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.planning.simulation.dispatch import UNINTERRUPTED, Execution, Job, Precedence, Rule, dispatch
from app.planning.simulation.interruptions import Interruptions, Loss, Span
from app.planning.simulation.open_work import OpenOrder, OpenWork
from app.planning.simulation.overtime import OvertimeTime, spans_of, stops_of
from app.planning.simulation.scenario import Scenario, UnknownOrders, UnknownPhases
from app.planning.simulation.scenario_parts import Breakdown, DueDate
from app.planning.simulation.shop import Shop
from app.planning.simulation.working_time import WorkingTime

SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """Executions in working seconds of `time`; the orders with the days on which they are due; places by phase."""

    time: WorkingTime
    executions: list[Execution]
    orders: Mapping[int, OpenOrder]
    capacities: Mapping[int, int]
    interruptions: Mapping[int, Interruptions]

    def completions(self) -> dict[int, int]:
        """Seconds from as_of until the last operation of each order ends."""
        ends: dict[int, int] = {}
        for one in self.executions:
            ends[one.work_order_id] = max(one.finished_s, ends.get(one.work_order_id, 0))
        return {work_order_id: self.time.end_of(end) for work_order_id, end in ends.items()}


def planned_as_usual(shop: Shop, work: OpenWork) -> PlannedWork:
    """FIFO at usual capacities in the declared calendar."""
    return _planned(work.jobs, work.orders, WorkingTime(shop.calendar, shop.now), shop.capacities)


def planned_by(shop: Shop, work: OpenWork, scenario: Scenario) -> PlannedWork:
    """The work as the scenario says. Raises UnknownPhases, UnknownOrders, OvertimeRefused."""
    _require_known(shop, work, scenario)
    capacities = shop.capacities | {one.phase_id: one.capacity for one in scenario.capacity_overrides}
    orders = _due_otherwise(work.orders, scenario.due_dates)
    time, stops = _with_overtime(shop, scenario)
    interruptions = _interruptions(scenario.breakdowns, stops, capacities, time, shop.now)
    jobs = [_classed(job, orders, scenario) for job in work.jobs]
    return _planned(jobs, orders, time, capacities, scenario.rule, interruptions)


def _planned(
    jobs: Iterable[Job],
    orders: Mapping[int, OpenOrder],
    time: WorkingTime,
    capacities: Mapping[int, int],
    rule: Rule = Rule.FIFO,
    interruptions: Mapping[int, Interruptions] = UNINTERRUPTED,
) -> PlannedWork:
    return PlannedWork(time, dispatch(jobs, capacities, rule, interruptions), orders, capacities, interruptions)


def _require_known(shop: Shop, work: OpenWork, scenario: Scenario) -> None:
    phases = [number for _, number in scenario.named_phases() if number not in shop.paces]
    if phases:
        raise UnknownPhases(list(dict.fromkeys(phases)))
    orders = [number for _, number in scenario.named_orders() if number not in work.orders]
    if orders:
        raise UnknownOrders(list(dict.fromkeys(orders)))


def _due_otherwise(orders: Mapping[int, OpenOrder], due_dates: Iterable[DueDate]) -> dict[int, OpenOrder]:
    changed = {
        one.work_order_id: replace(
            orders[one.work_order_id], transport_at=None if one.due is None else dt.datetime.fromisoformat(one.due)
        )
        for one in due_dates
    }
    return {**orders, **changed}


def _with_overtime(shop: Shop, scenario: Scenario) -> tuple[WorkingTime, dict[int, list[Span]]]:
    calendar = scenario.calendar or shop.calendar
    spans = spans_of(scenario.overtime, calendar, shop.now)
    if not spans:
        return WorkingTime(calendar, shop.now), {}
    time = OvertimeTime(calendar, shop.now, (one for of_phase in spans.values() for one in of_phase))
    return time, stops_of(spans, time, shop.paces)


def _interruptions(
    breakdowns: Iterable[Breakdown],
    stops: Mapping[int, list[Span]],
    capacities: Mapping[int, int],
    time: WorkingTime,
    now: dt.datetime,
) -> dict[int, Interruptions]:
    rests = defaultdict(list, {phase_id: list(spans) for phase_id, spans in stops.items()})
    losses: dict[int, list[Loss]] = defaultdict(list)
    now = now.replace(microsecond=0)
    for one in breakdowns:
        start, end = (
            time.until(max((dt.datetime.fromisoformat(at) - now) // SECOND, 0)) for at in (one.starts_at, one.ends_at)
        )
        if end <= start:
            continue
        if one.places is None or one.places >= capacities[one.phase_id]:
            rests[one.phase_id].append((start, end))
        else:
            losses[one.phase_id].append(Loss(start, end, one.places))
    return {phase_id: Interruptions(rests[phase_id], losses[phase_id]) for phase_id in {*rests, *losses}}


def _classed(job: Job, orders: Mapping[int, OpenOrder], scenario: Scenario) -> Job:
    number = job.work_order_id
    precedence = (
        Precedence.RUSH
        if number in scenario.first_orders
        else Precedence.VIP
        if number in scenario.vip_orders
        else Precedence.USUAL
    )
    due = orders[number].transport_at
    return replace(job, precedence=precedence, due_day=None if due is None else due.toordinal())

"""Simulates a scenario of dispatching the open work, against the baseline. docs/kpis.md, "What if"."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from pydantic import Field

from app.features.calendar import DAY_S, Calendar
from app.planning.simulation.calibration import Calibration
from app.planning.simulation.open_work import OpenOrder, OpenWork
from app.planning.simulation.paces import Pace
from app.planning.simulation.planned_work import planned_as_usual, planned_by
from app.planning.simulation.scenario import Scenario, fingerprint
from app.planning.simulation.shop import Shop
from app.planning.snapshot.answer import ETA_NOTES, Answer, EtaMethod, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime, moment_after
from app.planning.snapshot.standing import OpenOrderStanding

AFFECTED_ORDERS = 20


class Outcome(Answer):
    """Figures of one dispatch; hours are from as_of."""

    makespan_hours: Figure = Field(description="until the last order is done; 0: there is no open work")
    mean_completion_hours: Figure | None = Field(description="mean over the orders; null: no orders")
    late_orders: int = Field(description="done after their transport day; orders without one cannot be late")
    tardiness_days: int = Field(description="calendar days after the transport day, summed over the late orders")


class Difference(Answer):
    """simulated - baseline; negative: the scenario is quicker or less late."""

    makespan_hours: Figure
    mean_completion_hours: Figure | None
    late_orders: int
    tardiness_days: int


class AffectedOrder(Answer):
    """One order whose completion the scenario moves. Times are factory-local; null: beyond the calendar."""

    work_order_id: int
    product_id: int
    transport_at: LocalTime | None
    baseline_completion_at: LocalTime | None
    simulated_completion_at: LocalTime | None
    completion_delta_hours: Figure = Field(description="simulated - baseline")
    baseline_slack_days: int | None = Field(description="transport day - completion day; null: no transport date")
    simulated_slack_days: int | None = Field(description="by the due day of the scenario, where it has another")


class SimulatedPhase(Answer):
    """The assumptions of the dispatch about one phase with open work."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    executions: int
    duration_median_s: Figure | None = Field(description="null: never timed, so its executions take no time here")
    work_hours: Figure = Field(description="sum of the executions' durations, by pace_factor, in working hours")
    baseline_capacity: int = Field(description="places in use side by side in the last 90 days (p95)")
    capacity: int


class Simulation(Answer):
    """The same open work dispatched twice: as usual (baseline: FIFO, usual capacities), and as the scenario says."""

    scenario: Scenario
    scenario_sha256: str = Field(description="of the canonical scenario and the run")
    standing: OpenOrderStanding
    open_orders: int = Field(description="production work, and what is included")
    simulated_orders: int = Field(description="of open_orders, those with an open phase")
    affected_orders: int = Field(description="orders whose completion differs")
    baseline: Outcome
    simulated: Outcome
    delta: Difference
    eta_method: EtaMethod = Field(EtaMethod.DISPATCH, description="how completions are estimated")
    eta_note: str = Field(ETA_NOTES[EtaMethod.DISPATCH], description="what that leaves out, and the other method")
    calendar: Calendar = Field(description="of the baseline; of the scenario too where that gives none")
    calibration: Calibration | None = Field(
        description="how far the baseline was off lately; null: no order has a time"
    )
    most_affected_orders: list[AffectedOrder] = Field(description="at most twenty, the largest difference first")
    becoming_late_orders: list[int] = Field(
        description="late as the scenario says, by its due days, and not in the baseline"
    )
    no_longer_late_orders: list[int] = Field(description="late in the baseline, and not as the scenario says")
    phases: list[SimulatedPhase] = Field(description="in the factory's order")


def simulate(shop: Shop, work: OpenWork, scenario: Scenario) -> Simulation:
    """Dispatch the open work by the scenario and by the baseline.

    work: with what the scenario includes. Raises UnknownPhases, UnknownOrders, OvertimeRefused.
    """
    run = shop.run
    usual, planned = planned_as_usual(shop, work), planned_by(shop, work, scenario)
    before, after = usual.completions(), planned.completions()
    late, later = _late(run, usual.orders, before), _late(run, planned.orders, after)
    moved = sorted((key for key in before if before[key] != after[key]), key=lambda k: (-abs(after[k] - before[k]), k))
    baseline, simulated = _outcome(run, usual.orders, before), _outcome(run, planned.orders, after)
    return Simulation(
        scenario=scenario.canonical(),
        scenario_sha256=fingerprint(run, scenario),
        standing=run.standing,
        open_orders=work.open_orders,
        simulated_orders=len(work.jobs),
        affected_orders=len(moved),
        baseline=baseline,
        simulated=simulated,
        delta=_difference(baseline, simulated),
        calendar=shop.calendar,
        calibration=shop.calibration,
        most_affected_orders=[
            _affected(run, key, (usual.orders[key], planned.orders[key]), (before[key], after[key]))
            for key in moved[:AFFECTED_ORDERS]
        ],
        becoming_late_orders=sorted(later - late),
        no_longer_late_orders=sorted(late - later),
        phases=_assumed(work, shop.paces, shop.capacities, planned.capacities),
    )


def simulated_orders(shop: Shop, work: OpenWork, scenario: Scenario) -> list[AffectedOrder]:
    """Completions in the baseline and as the scenario says, of all orders with open work, by number.

    Raises as `simulate` does.
    """
    usual, planned = planned_as_usual(shop, work), planned_by(shop, work, scenario)
    before, after = usual.completions(), planned.completions()
    return [
        _affected(shop.run, key, (usual.orders[key], planned.orders[key]), (before[key], after[key]))
        for key in sorted(before)
    ]


def _late(run: Run, orders: Mapping[int, OpenOrder], completions: Mapping[int, int]) -> set[int]:
    return {key for key, done in completions.items() if (_slack_days(run, orders[key], done) or 0) < 0}


def _outcome(run: Run, orders: Mapping[int, OpenOrder], completions: Mapping[int, int]) -> Outcome:
    tardiness = [-slack for key, done in completions.items() if (slack := _slack_days(run, orders[key], done) or 0) < 0]
    return Outcome(
        makespan_hours=max(completions.values(), default=0) / 3600,
        mean_completion_hours=sum(completions.values()) / len(completions) / 3600 if completions else None,
        late_orders=len(tardiness),
        tardiness_days=sum(tardiness),
    )


def _difference(baseline: Outcome, simulated: Outcome) -> Difference:
    before, after = baseline.model_dump(), simulated.model_dump()
    return Difference(**{name: None if before[name] is None else after[name] - before[name] for name in before})


def _affected(
    run: Run, work_order_id: int, orders: tuple[OpenOrder, OpenOrder], completions: tuple[int, int]
) -> AffectedOrder:
    assert run.as_of is not None, "an order has a creation stamp, so a run with orders has an as_of"
    (usual, planned), (before, after) = orders, completions
    return AffectedOrder(
        work_order_id=work_order_id,
        product_id=usual.product_id,
        transport_at=usual.transport_at,
        baseline_completion_at=moment_after(run.as_of, before),
        simulated_completion_at=moment_after(run.as_of, after),
        completion_delta_hours=(after - before) / 3600,
        baseline_slack_days=_slack_days(run, usual, before),
        simulated_slack_days=_slack_days(run, planned, after),
    )


def _slack_days(run: Run, order: OpenOrder, completed_s: int) -> int | None:
    """The slack in days, counted by day numbers, because a completion may lie after the last date of Python."""
    if order.transport_at is None or run.as_of is None:
        return None
    since_midnight = (run.as_of - dt.datetime.combine(run.as_of, dt.time())) // dt.timedelta(microseconds=1)
    days = (since_midnight + completed_s * 1_000_000) // (DAY_S * 1_000_000)
    return order.transport_at.toordinal() - (run.as_of.toordinal() + days)


def _assumed(
    work: OpenWork, paces: Mapping[int, Pace], usual: Mapping[int, int], changed: Mapping[int, int]
) -> list[SimulatedPhase]:
    durations: dict[int, list[int]] = defaultdict(list)
    for job in work.jobs:
        for operation in job.operations:
            durations[operation.phase_id].append(operation.duration_s)
    return [
        SimulatedPhase(
            phase_id=phase_id,
            phase_name=pace.phase_name,
            executions=len(durations[phase_id]),
            duration_median_s=pace.duration_median_s,
            work_hours=sum(durations[phase_id]) / 3600,
            baseline_capacity=usual[phase_id],
            capacity=changed[phase_id],
        )
        for phase_id, pace in paces.items()
        if phase_id in durations
    ]

"""A promise date for new orders of a product: capable to promise. Definitions: docs/kpis.md, "Promise"."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import sqlalchemy as sa
from pydantic import Field

from app.database.schema.aggregates import THROUGHPUT_DAYS
from app.features.calendar import Calendar
from app.planning.simulation.calibration import Calibration
from app.planning.simulation.dispatch import Execution, Job, Operation, Rule, dispatch
from app.planning.simulation.paces import Pace
from app.planning.simulation.shop import Shop
from app.planning.simulation.working_time import WorkingTime
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.local_time import LocalTime, moment_after
from app.planning.snapshot.standing import Include, OpenOrderStanding

STEPS = sa.text("""
    SELECT phase_id, coefficient FROM core.standard_routes
     WHERE run_id = :run_id AND product_id = :product_id ORDER BY sequence, phase_id
""")
PRODUCT_NAME = sa.text("SELECT name FROM core.products WHERE run_id = :run_id AND product_id = :product_id")
NEVER_SEEN = Pace(None, None, None, 1)
"""The pace of a phase that is neither in Fases nor in any execution."""


class PromisedStep(Answer):
    """One step of the last new order. Times are factory-local; null: beyond the calendar."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    starts_at: LocalTime | None
    ends_at: LocalTime | None


class Promise(Answer):
    """The day for which new orders of a product can be promised. Times are factory-local."""

    product_id: int
    product_name: str | None = Field(description="null: unknown product, or the data does not support names")
    orders: int = Field(description="new orders, all released at as_of, behind all work that waits then")
    standing: OpenOrderStanding
    simulated_orders: int = Field(description="open orders with which the new ones share the phases")
    work_hours: Figure = Field(description="working hours of one new order, by pace_factor, without waiting")
    promise_at: LocalTime | None = Field(description="the last new order is done; null: as the steps")
    safe_promise_at: LocalTime | None = Field(
        description="promise_at + the calibration's delay_p90_days, if those are above 0: nine in ten orders of the "
        f"last {THROUGHPUT_DAYS} days held it; null: not calibrated, or beyond the calendar"
    )
    delayed_orders: int = Field(description="open orders that the new ones delay")
    calendar: Calendar
    calibration: Calibration | None = Field(description="how far the simulation was off lately")
    steps: list[PromisedStep] = Field(description="of the last new order, in routing order")


def promise(
    connection: sa.Connection,
    shop: Shop,
    product_id: int,
    orders: int = 1,
    include: Include | None = None,
    *,
    product_names: bool,
) -> Promise | None:
    """The promise for new orders of the product; None when the run has no standard route of it, or no time."""
    run = shop.run
    parameters = run.bound(product_id=product_id)
    route = connection.execute(STEPS, parameters).all()
    if not route or run.as_of is None:
        return None
    shop = replace(shop, paces={row.phase_id: NEVER_SEEN for row in route} | shop.paces)
    shop = replace(shop, capacities={phase_id: pace.capacity for phase_id, pace in shop.paces.items()})
    work = shop.open_work(connection, include)
    steps = tuple(
        Operation(row.phase_id, shop.paces[row.phase_id].duration_s(row.coefficient, shop.pace_factor)) for row in route
    )
    first = max(work.orders, default=0) + 1
    new = [Job(number, steps) for number in range(first, first + orders)]
    executions = dispatch([*work.jobs, *new], shop.capacities, Rule.FIFO)
    before = {one.work_order_id: one.finished_s for one in dispatch(work.jobs, shop.capacities, Rule.FIFO)}
    after = {one.work_order_id: one.finished_s for one in executions}
    last = max(new, key=lambda job: (after[job.work_order_id], job.work_order_id)).work_order_id
    time = WorkingTime(shop.calendar, run.as_of)
    done = time.end_of(after[last])
    name = connection.execute(PRODUCT_NAME, parameters).scalar_one_or_none() if product_names else None
    return Promise(
        product_id=product_id,
        product_name=name,
        orders=orders,
        standing=run.standing,
        simulated_orders=len(work.jobs),
        work_hours=sum(step.duration_s for step in steps) / 3600,
        promise_at=moment_after(run.as_of, done),
        safe_promise_at=_safe(shop, done),
        delayed_orders=sum(after[key] > end for key, end in before.items()),
        calendar=shop.calendar,
        calibration=shop.calibration,
        steps=[_step(shop, time, one) for one in executions if one.work_order_id == last],
    )


def _step(shop: Shop, time: WorkingTime, one: Execution) -> PromisedStep:
    assert shop.run.as_of is not None, "a promise is made at as_of"
    end = time.end_of(one.finished_s)
    # A step that takes no time begins when it ends, and not with the next shift.
    start = time.start_after(one.started_s) if one.finished_s > one.started_s else end
    return PromisedStep(
        phase_id=one.phase_id,
        phase_name=shop.paces[one.phase_id].phase_name,
        starts_at=moment_after(shop.run.as_of, start),
        ends_at=moment_after(shop.run.as_of, end),
    )


def _safe(shop: Shop, done_s: int) -> dt.datetime | None:
    delay = shop.calibration.delay_p90_days if shop.calibration else None
    if delay is None or shop.run.as_of is None:
        return None
    return moment_after(shop.run.as_of, done_s + round(max(delay, 0) * 86_400))

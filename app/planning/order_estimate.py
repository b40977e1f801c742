"""The place and the end of one order, by each way to estimate it. Definitions: docs/kpis.md, "One order"."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from pydantic import Field

from app.features.open_orders import Standing
from app.planning.flow_spread import spreads_of
from app.planning.orders import OrderStatus
from app.planning.risk import Risk, estimate_of, lateness
from app.planning.simulation.planned_work import planned_as_usual
from app.planning.simulation.shop import Shop
from app.planning.snapshot.answer import ETA_NOTES, Answer, EtaMethod, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime, moment_after
from app.planning.snapshot.standing import Include

ORDER = sa.text("""
    SELECT o.work_order_id, CASE WHEN o.completed_at IS NULL THEN 'OPEN' ELSE 'COMPLETED' END AS status,
           s.standing, s.last_phase_id, o.completed_at, o.transport_at, o.product_id, o.phase_id,
           ph.name AS phase_name
      FROM core.work_orders AS o
      LEFT JOIN core.open_orders AS s ON s.run_id = :run_id AND s.work_order_id = o.work_order_id
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = o.phase_id
     WHERE o.run_id = :run_id AND o.work_order_id = :work_order_id
""")
BESIDE: dict[str, Include | None] = {
    Standing.PRODUCTION: None,
    Standing.TERMINAL: "terminal",
    Standing.STALE: "stale",
}
"""The open orders that the order shares the phases with, beside production work, by its standing."""
UNKNOWN = (
    *("days_to_transport", "risk", "remaining_steps", "remaining_flow_hours", "eta_at", "slack_days"),
    *("eta_p50_at", "eta_p90_at", "similar_orders", "dispatch_eta_at"),
)
"""The fields that a completed order has not."""


class OrderEstimate(Answer):
    """One order's place, and when it will be done. Times are factory-local; a completed order has no estimate."""

    work_order_id: int
    status: OrderStatus
    standing: Standing | None = Field(description="production work, over or old; null: completed")
    product_id: int
    phase_id: int = Field(description="where the order is, by its own row")
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    completed_at: LocalTime | None
    transport_at: LocalTime | None
    days_to_transport: int | None = Field(description="as in the risk queue; null: completed, or no transport date")
    risk: Risk | None = Field(description="null: as days_to_transport")
    remaining_steps: int | None = Field(description="as in the risk queue; null: completed, or no estimate")
    remaining_flow_hours: Figure | None = Field(description="null: as remaining_steps")
    eta_at: LocalTime | None = Field(description="by MEAN_FLOW; null: as remaining_steps")
    slack_days: int | None = Field(description="transport day - eta_at's day; null: as eta_at, or no transport date")
    eta_p50_at: LocalTime | None = Field(description="half of the similar orders were done by then; null: completed")
    eta_p90_at: LocalTime | None = Field(description="nine in ten were; null: completed, or fewer are known to be")
    similar_orders: int | None = Field(description="number of past states that the last two rest on; null: completed")
    dispatch_eta_at: LocalTime | None = Field(
        description="by DISPATCH, the baseline of whatif/simulate; null: completed, or no open phase"
    )
    eta_note: str = Field(ETA_NOTES[EtaMethod.MEAN_FLOW], description="what eta_at leaves out")
    dispatch_note: str = Field(ETA_NOTES[EtaMethod.DISPATCH], description="what dispatch_eta_at leaves out")


def order_estimate(
    shop: Shop, connection: sa.Connection, work_order_id: int, *, estimates: bool
) -> OrderEstimate | None:
    """The place and the estimates of one order; None when the run holds no such order.

    estimates: False leaves those by standard routes null, because the data does not support them.
    """
    run = shop.run
    row = connection.execute(ORDER, run.bound(work_order_id=work_order_id)).mappings().one_or_none()
    if row is None:
        return None
    given = {name: value for name, value in row.items() if name != "last_phase_id"}
    remaining = estimate_of(connection, run, work_order_id) if estimates else None
    if row["standing"] is None or run.as_of is None:
        return OrderEstimate.model_validate(dict.fromkeys(UNKNOWN) | given)
    spread = spreads_of(connection, run).after(row["last_phase_id"]).members(run.as_of)
    return OrderEstimate.model_validate(
        {
            **given,
            **lateness(run.as_of, row["transport_at"], remaining),
            **{name: spread[name] for name in ("eta_p50_at", "eta_p90_at", "similar_orders")},
            "dispatch_eta_at": _dispatched(shop, connection, work_order_id, row["standing"], run),
        }
    )


def _dispatched(
    shop: Shop, connection: sa.Connection, work_order_id: int, standing: Standing, run: Run
) -> dt.datetime | None:
    work = shop.open_work(connection, BESIDE[standing])
    end = planned_as_usual(shop, work).completions().get(work_order_id)
    return None if end is None or run.as_of is None else moment_after(run.as_of, end)

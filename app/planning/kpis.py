"""Key figures of the whole run. Each field's formula, population and null handling: docs/kpis.md."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.answer import Answer
from app.planning.run import Run

THROUGHPUT_DAYS = 30
"""Length of the throughput window, which ends at as_of."""

OVERVIEW = sa.text("""
    WITH judged AS (
        SELECT created_at, completed_at, transport_at,
               CASE WHEN completed_at >= created_at
                    THEN date_part('epoch', completed_at - created_at) / 86400 END AS lead_days
          FROM core.work_orders WHERE run_id = :run_id
    )
    SELECT count(*) AS orders,
           count(completed_at) AS completed_orders,
           count(*) - count(completed_at) AS open_orders,
           count(lead_days) AS lead_time_orders,
           avg(lead_days) AS lead_time_mean_days,
           percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY lead_days) AS lead_time_days,
           count(*) FILTER (WHERE completed_at < created_at) AS completed_before_created_orders,
           count(*) FILTER (WHERE completed_at IS NOT NULL AND transport_at IS NOT NULL) AS delivery_orders,
           count(*) FILTER (WHERE completed_at::date <= transport_at::date) AS on_time_orders,
           count(*) FILTER (WHERE completed_at IS NULL AND transport_at::date < CAST(:as_of AS date)) AS overdue_orders,
           count(*) FILTER (WHERE completed_at > CAST(:as_of AS timestamp) - make_interval(days => :window)
                              AND completed_at <= CAST(:as_of AS timestamp)) AS throughput_orders
      FROM judged
""")
FACTS = sa.text("""
    SELECT order_phases, open_order_phases, return_order_phases, quality_errors
      FROM core.snapshot_facts WHERE run_id = :run_id
""")


class Overview(Answer):
    """Figures of one run relative to its as_of."""

    orders: int
    open_orders: int
    completed_orders: int
    lead_time_orders: int = Field(description="completed orders whose completion does not precede their creation")
    lead_time_mean_days: float | None
    lead_time_p50_days: float | None
    lead_time_p90_days: float | None
    completed_before_created_orders: int = Field(description="left out of the lead times")
    delivery_orders: int = Field(
        description="completed orders with a transport date: the population of on-time delivery"
    )
    on_time_orders: int
    on_time_delivery_ratio: float | None = Field(description="on_time_orders / delivery_orders; null: none to judge")
    overdue_orders: int = Field(description="open orders whose transport day is before as_of's day")
    throughput_window_days: int
    throughput_orders: int = Field(description="orders completed within the window that ends at as_of")
    throughput_orders_per_day: float
    order_phases: int
    phases_without_end: int
    return_phases: int
    return_ratio: float | None = Field(description="return_phases / order_phases; null: no phases")
    quality_errors: int
    quality_errors_per_order: float | None


def overview(connection: sa.Connection, run: Run) -> Overview:
    """The key figures of the run."""
    orders = dict(connection.execute(OVERVIEW, run.bound(window=THROUGHPUT_DAYS)).mappings().one())
    facts = connection.execute(FACTS, run.bound()).one()
    p50, p90 = orders.pop("lead_time_days") or (None, None)
    return Overview(
        **orders,
        lead_time_p50_days=p50,
        lead_time_p90_days=p90,
        on_time_delivery_ratio=_ratio(orders["on_time_orders"], orders["delivery_orders"]),
        throughput_window_days=THROUGHPUT_DAYS,
        throughput_orders_per_day=orders["throughput_orders"] / THROUGHPUT_DAYS,
        order_phases=facts.order_phases,
        phases_without_end=facts.open_order_phases,
        return_phases=facts.return_order_phases,
        return_ratio=_ratio(facts.return_order_phases, facts.order_phases),
        quality_errors=facts.quality_errors,
        quality_errors_per_order=_ratio(facts.quality_errors, orders["orders"]),
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None

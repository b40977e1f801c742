"""Key figures of the whole run. Each field's formula, population and null handling: docs/kpis.md."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.answer import Answer
from app.planning.run import Run

OVERVIEW = sa.text("""
    SELECT f.work_orders AS orders, f.work_orders - f.open_work_orders AS completed_orders,
           f.open_work_orders AS open_orders,
           k.lead_time_orders, k.lead_time_mean_days, k.lead_time_p50_days, k.lead_time_p90_days,
           k.completed_before_created_orders, k.delivery_orders, k.on_time_orders, k.overdue_orders,
           k.throughput_orders, k.throughput_window_days,
           f.order_phases, f.open_order_phases AS phases_without_end, f.return_order_phases AS return_phases,
           f.quality_errors
      FROM core.snapshot_facts AS f
      JOIN core.key_figures AS k ON k.run_id = :run_id
     WHERE f.run_id = :run_id
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
    figures = dict(connection.execute(OVERVIEW, run.bound()).mappings().one())
    return Overview(
        **figures,
        on_time_delivery_ratio=_ratio(figures["on_time_orders"], figures["delivery_orders"]),
        throughput_orders_per_day=figures["throughput_orders"] / figures["throughput_window_days"],
        return_ratio=_ratio(figures["return_phases"], figures["order_phases"]),
        quality_errors_per_order=_ratio(figures["quality_errors"], figures["orders"]),
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None

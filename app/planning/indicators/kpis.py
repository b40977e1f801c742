"""Key figures of the run or of a period. Formula, population and nulls of each field: docs/kpis.md, "Overview"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.errors_alone import is_error
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period, within, within_window
from app.planning.snapshot.standing import OpenOrderStanding, standing_of
from app.ratios import ratio

OVERVIEW = sa.text("""
    SELECT f.work_orders AS orders, f.work_orders - f.open_work_orders AS completed_orders,
           f.open_work_orders AS open_orders,
           k.lead_time_orders, k.lead_time_mean_days, k.lead_time_p50_days, k.lead_time_p90_days,
           k.completed_before_created_orders, k.delivery_orders, k.on_time_orders, k.due_orders, k.due_on_time_orders,
           k.overdue_orders, k.overdue_terminal_orders, k.overdue_stale_orders,
           k.throughput_orders, k.throughput_window_days,
           k.recent_lead_time_orders, k.recent_lead_time_mean_days, k.recent_lead_time_p50_days,
           k.recent_lead_time_p90_days, f.work_orders AS quality_orders,
           f.order_phases, f.open_order_phases AS phases_without_end, r.finished_phases, r.return_phases,
           f.quality_errors
      FROM core.snapshot_facts AS f
      JOIN core.key_figures AS k ON k.run_id = :run_id
     CROSS JOIN (SELECT CAST(coalesce(sum(finished_phases), 0) AS bigint) AS finished_phases,
                        CAST(coalesce(sum(return_phases), 0) AS bigint) AS return_phases
                   FROM core.phase_rates WHERE run_id = :run_id) AS r
     WHERE f.run_id = :run_id
""")

DUE = f"{within('transport_at')} AND CAST(transport_at AS date) < CAST(CAST(:as_of AS timestamp) AS date)"
"""SQL: the order's transport day lies in the period, and is before as_of's day."""

ORDERS = f"""
    count(*) FILTER (WHERE {within("created_at")}) AS orders,
    count(*) FILTER (WHERE {within("created_at")} AND completed_at IS NULL) AS open_orders,
    count(*) FILTER (WHERE {within("completed_at")}) AS completed_orders,
    count(lead_days) AS lead_time_orders, avg(lead_days) AS lead_time_mean_days,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_days) AS lead_time_p50_days,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY lead_days) AS lead_time_p90_days,
    count(*) FILTER (WHERE {within("completed_at")} AND completed_at < created_at) AS completed_before_created_orders,
    count(*) FILTER (WHERE {within("completed_at")} AND transport_at IS NOT NULL) AS delivery_orders,
    count(*) FILTER (WHERE {within("completed_at")} AND CAST(completed_at AS date) <= CAST(transport_at AS date))
        AS on_time_orders,
    count(*) FILTER (WHERE {DUE}) AS due_orders,
    count(*) FILTER (WHERE {DUE} AND CAST(completed_at AS date) <= CAST(transport_at AS date)) AS due_on_time_orders"""
"""Columns over JUDGED: figures of a period; each counts the orders whose event lies in the period."""

JUDGED = f"""
    SELECT work_order_id, product_id, created_at, completed_at, transport_at,
           CASE WHEN {within("completed_at")} AND completed_at >= created_at
                THEN date_part('epoch', completed_at - created_at) / 86400 END AS lead_days
      FROM core.work_orders
     WHERE run_id = :run_id"""

WORKED = f"""
    walked AS MATERIALIZED (
        SELECT order_phase_id, work_order_id, is_return, finished_at IS NOT NULL AS is_finished
          FROM core.order_phases
         WHERE run_id = :run_id
           AND (({within("finished_at")}) OR (finished_at IS NULL AND {within("started_at")}))
    ), error AS MATERIALIZED (
        SELECT e.work_order_id
          FROM core.quality_errors AS e
         WHERE e.run_id = :run_id AND {is_error("e")}
           AND e.evaluation_order_phase_id IN (SELECT order_phase_id FROM walked WHERE is_finished)
    ), touched AS (
        SELECT work_order_id FROM walked WHERE is_finished UNION SELECT work_order_id FROM error
    )"""
"""SQL: common table expressions of a period: executions finished in it (or begun and without an end), errors judged in
it, and the orders of both. The executions are read once for all three."""

_RECENT = f"FILTER (WHERE {within_window('completed_at')})"
_OVERDUE = f"count(*) FILTER (WHERE {DUE} AND standing = '{{standing}}')"

OF_PERIOD = sa.text(f"""
    WITH orders AS (
        SELECT {ORDERS},
               {_OVERDUE.format(standing="PRODUCTION")} AS overdue_orders,
               {_OVERDUE.format(standing="TERMINAL")} AS overdue_terminal_orders,
               {_OVERDUE.format(standing="STALE")} AS overdue_stale_orders,
               count(*) {_RECENT} AS throughput_orders,
               count(lead_days) {_RECENT} AS recent_lead_time_orders,
               avg(lead_days) {_RECENT} AS recent_lead_time_mean_days,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_days) {_RECENT} AS recent_lead_time_p50_days,
               percentile_cont(0.9) WITHIN GROUP (ORDER BY lead_days) {_RECENT} AS recent_lead_time_p90_days
          FROM ({JUDGED}) AS judged
          LEFT JOIN (SELECT work_order_id, standing, terminal_class FROM core.open_orders WHERE run_id = :run_id) AS s
               USING (work_order_id)
    ), standings AS (
        SELECT jsonb_object_agg(standing, orders) AS open_by_standing
          FROM (SELECT coalesce(s.terminal_class, s.standing) AS standing, count(*) AS orders
                  FROM core.open_orders AS s
                  JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = s.work_order_id
                 WHERE s.run_id = :run_id AND {within("o.created_at")}
                 GROUP BY 1) AS counted
    ), {WORKED}, phases AS (
        SELECT count(*) FILTER (WHERE is_finished) AS order_phases,
               count(*) FILTER (WHERE is_finished) AS finished_phases,
               count(*) FILTER (WHERE NOT is_finished) AS phases_without_end,
               count(*) FILTER (WHERE is_finished AND is_return) AS return_phases
          FROM walked
    ), errors AS (
        SELECT (SELECT count(*) FROM error) AS quality_errors,
               (SELECT count(*) FROM core.work_orders AS o
                 WHERE o.run_id = :run_id AND o.work_order_id IN (SELECT work_order_id FROM touched)) AS quality_orders
    )
    SELECT *, CAST(:window_end_day AS date) - CAST(:window_first_day AS date) AS throughput_window_days
      FROM orders, standings, phases, errors
""")


class Overview(Answer):
    """Figures of one run relative to its as_of; with a period, of the rows whose event lies in it."""

    orders: int = Field(description="with a period: created in it")
    open_orders: int = Field(description="of orders, those without a completion")
    standing: OpenOrderStanding
    completed_orders: int = Field(description="with a period: completed in it, whenever created")
    lead_time_orders: int = Field(description="completed orders whose completion does not precede their creation")
    lead_time_mean_days: Figure | None
    lead_time_p50_days: Figure | None
    lead_time_p90_days: Figure | None
    completed_before_created_orders: int = Field(description="left out of the lead times")
    delivery_orders: int = Field(
        description="completed orders with a transport date: the population of on-time delivery"
    )
    on_time_orders: int
    on_time_delivery_ratio: Figure | None = Field(description="on_time_orders / delivery_orders; null: none to judge")
    due_orders: int = Field(
        description="orders whose transport day is before as_of's day, completed or not; with a period: that day lies "
        "in it. The population of on-time delivery by due date"
    )
    due_on_time_orders: int = Field(description="of these, completed by their transport day")
    on_time_delivery_by_due_ratio: Figure | None = Field(
        description="due_on_time_orders / due_orders; null: none was due"
    )
    overdue_orders: int = Field(
        description="production work whose transport day is before as_of's day; with a period: that day lies in it"
    )
    overdue_terminal_orders: int = Field(description="the same of open orders at a declared phase behind production")
    overdue_stale_orders: int = Field(description="the same of open orders older than declared")
    throughput_window_days: int
    throughput_orders: int = Field(
        description="orders completed within the window: the one that ends at as_of, or the period's"
    )
    throughput_orders_per_day: Figure | None = Field(description="null: the period's window has no day")
    recent_lead_time_orders: int = Field(
        description="of throughput_orders, those whose completion does not precede their creation"
    )
    recent_lead_time_mean_days: Figure | None = Field(description="lead time of these; null: there are none")
    recent_lead_time_p50_days: Figure | None
    recent_lead_time_p90_days: Figure | None
    order_phases: int = Field(description="with a period: finished in it")
    phases_without_end: int = Field(description="with a period: started in it")
    finished_phases: int = Field(description="order phases with an end; with a period: finished in it")
    return_phases: int = Field(description="of finished_phases, the returns")
    return_ratio: Figure | None = Field(description="return_phases / finished_phases; null: none was finished")
    quality_errors: int = Field(description="with a period: judged in it")
    quality_orders: int = Field(
        description="all orders; with a period: those of which an execution was finished in it, or that an error "
        "judged in it names"
    )
    quality_errors_per_order: Figure | None = Field(description="quality_errors / quality_orders; null: no orders")


def overview(connection: sa.Connection, run: Run, period: Period | None = None) -> Overview:
    """The key figures of the run, or of a period of it."""
    parameters = run.bound() if period is None else run.bound(**period.bound(run.as_of))
    statement = OVERVIEW if period is None else OF_PERIOD
    figures = dict(connection.execute(statement, parameters).mappings().one())
    counted = run.open_by_standing if period is None else figures.pop("open_by_standing") or {}
    return Overview(
        **figures,
        standing=standing_of(counted),
        on_time_delivery_ratio=ratio(figures["on_time_orders"], figures["delivery_orders"]),
        on_time_delivery_by_due_ratio=ratio(figures["due_on_time_orders"], figures["due_orders"]),
        throughput_orders_per_day=ratio(figures["throughput_orders"], figures["throughput_window_days"]),
        return_ratio=ratio(figures["return_phases"], figures["finished_phases"]),
        quality_errors_per_order=ratio(figures["quality_errors"], figures["quality_orders"]),
    )

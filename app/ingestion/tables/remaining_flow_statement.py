"""Remaining flow of orders by the point that they had reached, and how such estimates came true, as SQL.

docs/kpis.md, "Spread of the estimate".
"""

from __future__ import annotations

from app.database.schema.aggregates import FLAG_HITS, SPREAD_HITS
from app.features.open_orders import load_open_orders
from app.ingestion.tables.standing_statement import OPEN_ORDERS

LEAST_ORDERS = 30
"""Orders at a point from which its own spread is taken; below, that of all points."""
STEP_DAYS, FIRST_STEP, STEPS = 60, 2, 6
MADE_EARLIER_DAYS = FIRST_STEP * STEP_DAYS
"""An estimate as it would have been made so many days before as_of is held against what happened since."""

HITS = (*SPREAD_HITS, *FLAG_HITS)

_DECLARED = load_open_orders()
_OVER = f"o.phase_id IN ({', '.join(map(str, sorted(_DECLARED.terminal))) or 'NULL'})"
_OLDEST = f"make_interval(hours => {24 * _DECLARED.stale_after_days})"

LAST_PHASE = """
  LEFT JOIN LATERAL (
    SELECT p.phase_id AS last_phase_id FROM {{FasesOrdemFabrico}} AS p
     WHERE p.run_id = o.run_id AND p.work_order_id = o.work_order_id AND p.finished_at <= {moment}
     ORDER BY p.finished_at DESC, p.sequence DESC, p.order_phase_id DESC LIMIT 1
  ) AS last ON true"""
"""SQL: the phase of an order's latest end by a moment; `o` is the order.

Its run is named, although the partition holds no other, because the index begins with it. Before PostgreSQL 18 a
server reads the whole index for each order without it.
"""

REMAINING_FLOWS = f"""
WITH moment AS MATERIALIZED (
  SELECT step, CAST(:as_of AS timestamp) - make_interval(days => CAST({STEP_DAYS} * step AS integer)) AS at
  FROM generate_series({FIRST_STEP}, {2 * FIRST_STEP + STEPS - 1}) AS step
), past AS MATERIALIZED (
  SELECT m.step, m.at, o.run_id, o.work_order_id, o.product_id, o.completed_at, o.transport_at,
    CASE WHEN last_phase_id IS NULL THEN 'NOT_STARTED' ELSE 'AFTER_PHASE' END AS point,
    coalesce(last_phase_id, 0) AS phase_id, date_part('epoch', o.completed_at - m.at) / 3600 AS hours
  FROM moment AS m
  JOIN {{OrdensFabrico}} AS o ON o.created_at <= m.at AND o.created_at >= m.at - {_OLDEST}
    AND (o.completed_at > m.at OR o.completed_at IS NULL AND ({_OVER}) IS NOT TRUE
      AND o.created_at >= CAST(:as_of AS timestamp) - {_OLDEST})
  {LAST_PHASE.format(moment="m.at")}
), made AS (
  SELECT CAST(:as_of AS timestamp) AS at, {FIRST_STEP} AS since
  UNION ALL SELECT at, {2 * FIRST_STEP} FROM moment WHERE step = {FIRST_STEP}
), known AS (
  SELECT made.at, point, phase_id, CASE WHEN completed_at <= made.at THEN hours ELSE 'Infinity' END AS hours
  FROM past JOIN made ON step BETWEEN since AND since + {STEPS - 1}
), spread AS MATERIALIZED (
  SELECT at, coalesce(point, 'ANY') AS point, coalesce(phase_id, 0) AS phase_id, count(*) AS orders,
    nullif(percentile_disc(0.5) WITHIN GROUP (ORDER BY hours), 'Infinity') AS p50_hours,
    nullif(percentile_disc(0.9) WITHIN GROUP (ORDER BY hours), 'Infinity') AS p90_hours
  FROM known GROUP BY GROUPING SETS ((at, point, phase_id), (at))
), route AS (
  SELECT product_id, phase_id, count(*) AS steps FROM {{FasesStandardModelos}} GROUP BY product_id, phase_id
), earlier AS MATERIALIZED (
  SELECT * FROM past WHERE step = {FIRST_STEP}
), finished AS (
  SELECT o.work_order_id, p.phase_id, count(*) AS executions
  FROM earlier AS o JOIN {{FasesOrdemFabrico}} AS p USING (run_id, work_order_id)
  WHERE p.finished_at <= o.at
  GROUP BY o.work_order_id, p.phase_id
), remaining AS (
  SELECT o.work_order_id, route.phase_id, greatest(steps - coalesce(executions, 0), 0) AS steps
  FROM earlier AS o JOIN route USING (product_id)
  LEFT JOIN finished AS f ON f.work_order_id = o.work_order_id AND f.phase_id = route.phase_id
), flow AS (
  SELECT work_order_id, CASE WHEN bool_and(steps = 0 OR flow_mean_hours IS NOT NULL)
    THEN coalesce(sum(steps * flow_mean_hours), 0) END AS flow_hours
  FROM remaining LEFT JOIN {{phase_rates}} USING (phase_id) GROUP BY work_order_id
), judged AS (
  SELECT o.point, o.phase_id, o.hours, own.p50_hours, own.p90_hours,
    CASE WHEN CAST(o.transport_at AS date) >= CAST(o.at AS date)
        AND CAST(o.transport_at AS date) < CAST(CAST(:as_of AS timestamp) AS date)
      THEN (CAST(o.completed_at AS date) <= CAST(o.transport_at AS date)) IS NOT TRUE END AS is_late,
    CAST(o.at + own.p50_hours * interval '1 hour' AS date) > CAST(o.transport_at AS date) AS p50_flag,
    CASE WHEN flow_hours <= 876000
      THEN CAST(o.at + round(CAST(flow_hours * 3600 AS numeric)) * interval '1 second' AS date)
        > CAST(o.transport_at AS date) END AS mean_flow_flag
  FROM earlier AS o LEFT JOIN flow USING (work_order_id)
  LEFT JOIN LATERAL (
    SELECT p50_hours, p90_hours FROM spread AS s
     WHERE s.at = o.at
       AND (s.point = 'ANY' OR s.orders >= {LEAST_ORDERS} AND (s.point, s.phase_id) = (o.point, o.phase_id))
     ORDER BY s.point = 'ANY' LIMIT 1
  ) AS own ON true
), hits AS (
  SELECT point, phase_id,
    count(*) FILTER (WHERE p50_hours <= {24 * MADE_EARLIER_DAYS}) AS p50_orders,
    count(*) FILTER (WHERE p50_hours <= {24 * MADE_EARLIER_DAYS} AND hours <= p50_hours) AS within_p50_orders,
    count(*) FILTER (WHERE p90_hours <= {24 * MADE_EARLIER_DAYS}) AS p90_orders,
    count(*) FILTER (WHERE p90_hours <= {24 * MADE_EARLIER_DAYS} AND hours <= p90_hours) AS within_p90_orders,
    count(*) FILTER (WHERE is_late IS NOT NULL AND p50_flag IS NOT NULL) AS p50_due_orders,
    count(*) FILTER (WHERE is_late AND p50_flag IS NOT NULL) AS p50_late_orders,
    count(*) FILTER (WHERE is_late IS NOT NULL AND p50_flag) AS p50_flagged_orders,
    count(*) FILTER (WHERE is_late AND p50_flag) AS p50_flagged_late_orders,
    count(*) FILTER (WHERE is_late IS NOT NULL AND mean_flow_flag IS NOT NULL) AS mean_flow_due_orders,
    count(*) FILTER (WHERE is_late AND mean_flow_flag IS NOT NULL) AS mean_flow_late_orders,
    count(*) FILTER (WHERE is_late IS NOT NULL AND mean_flow_flag) AS mean_flow_flagged_orders,
    count(*) FILTER (WHERE is_late AND mean_flow_flag) AS mean_flow_flagged_late_orders
  FROM judged GROUP BY point, phase_id
)
SELECT point, phase_id, coalesce(orders, 0) AS orders, p50_hours, p90_hours,
  {", ".join(f"coalesce({name}, 0) AS {name}" for name in HITS)}
FROM (SELECT point, phase_id, orders, p50_hours, p90_hours FROM spread WHERE at = CAST(:as_of AS timestamp)) AS now
FULL JOIN hits USING (point, phase_id)"""

"""A row for each point, and for all orders (ANY): the spread as of now, and the hits of the estimates made earlier."""

OPEN_ORDERS_WITH_POINT = f"""
SELECT work_order_id, standing, terminal_class, last_phase_id
FROM ({OPEN_ORDERS}) AS o {LAST_PHASE.format(moment="CAST(:as_of AS timestamp)")}"""
"""Selects the open orders with their standing, and the phase of their latest end."""

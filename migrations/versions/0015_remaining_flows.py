"""Remaining flow by the point that an order had reached; made here for the snapshots that are there already.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

REMAINING_FLOWS = (
    """
CREATE TABLE core.remaining_flows (
    run_id bigint NOT NULL,
    point text NOT NULL,
    phase_id bigint NOT NULL,
    orders bigint NOT NULL,
    p50_hours double precision,
    p90_hours double precision,
    p50_orders bigint NOT NULL,
    within_p50_orders bigint NOT NULL,
    p90_orders bigint NOT NULL,
    within_p90_orders bigint NOT NULL,
    p50_due_orders bigint NOT NULL,
    p50_late_orders bigint NOT NULL,
    p50_flagged_orders bigint NOT NULL,
    p50_flagged_late_orders bigint NOT NULL,
    mean_flow_due_orders bigint NOT NULL,
    mean_flow_late_orders bigint NOT NULL,
    mean_flow_flagged_orders bigint NOT NULL,
    mean_flow_flagged_late_orders bigint NOT NULL,
    CONSTRAINT pk_remaining_flows PRIMARY KEY (run_id, point, phase_id),
    CONSTRAINT ck_remaining_flows_point CHECK (point IN ('AFTER_PHASE', 'NOT_STARTED', 'ANY'))
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.remaining_flows IS 'How long orders took from a point on, by the point that they had reached,"
    " and how such estimates came true.'",
    "COMMENT ON COLUMN core.remaining_flows.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.remaining_flows.point IS 'AFTER_PHASE: its latest end was of this phase.'",
    "COMMENT ON COLUMN core.remaining_flows.p50_hours IS 'Unit: h.'",
    "COMMENT ON COLUMN core.remaining_flows.p90_hours IS 'Unit: h.'",
)
LAST_PHASE = (
    "ALTER TABLE core.open_orders ADD COLUMN last_phase_id bigint",
    "COMMENT ON COLUMN core.open_orders.last_phase_id IS 'Phase of the order''s latest end; null: none has ended.'",
)
LAST_PHASES = """
UPDATE core.open_orders AS o SET last_phase_id = last.phase_id
  FROM (
    SELECT DISTINCT ON (p.run_id, p.work_order_id) p.run_id, p.work_order_id, p.phase_id
      FROM core.open_orders AS n
      JOIN core.order_phases AS p USING (run_id, work_order_id)
      JOIN core.snapshot_facts AS f USING (run_id)
     WHERE p.finished_at <= f.as_of
     ORDER BY p.run_id, p.work_order_id, p.finished_at DESC, p.sequence DESC, p.order_phase_id DESC
  ) AS last
 WHERE o.run_id = last.run_id AND o.work_order_id = last.work_order_id
"""

COLUMNS = (
    "point, phase_id, orders, p50_hours, p90_hours, p50_orders, within_p50_orders, p90_orders, within_p90_orders,"
    " p50_due_orders, p50_late_orders, p50_flagged_orders, p50_flagged_late_orders, mean_flow_due_orders,"
    " mean_flow_late_orders, mean_flow_flagged_orders, mean_flow_flagged_late_orders"
)
FIGURES = """
WITH moment AS MATERIALIZED (
  SELECT step, CAST(@as_of@ AS timestamp) - make_interval(days => CAST(60 * step AS integer)) AS at
  FROM generate_series(2, 9) AS step
), past AS MATERIALIZED (
  SELECT m.step, m.at, o.run_id, o.work_order_id, o.product_id, o.completed_at, o.transport_at,
    CASE WHEN last_phase_id IS NULL THEN 'NOT_STARTED' ELSE 'AFTER_PHASE' END AS point,
    coalesce(last_phase_id, 0) AS phase_id, date_part('epoch', o.completed_at - m.at) / 3600 AS hours
  FROM moment AS m
  JOIN core.work_orders_r@run@ AS o ON o.created_at <= m.at AND o.created_at >= m.at - make_interval(hours => 8760)
    AND (o.completed_at > m.at OR o.completed_at IS NULL AND (o.phase_id IN (9, 10, 12, 15, 16, 17, 49, 50, 72)) IS
    NOT TRUE
      AND o.created_at >= CAST(@as_of@ AS timestamp) - make_interval(hours => 8760))

  LEFT JOIN LATERAL (
    SELECT p.phase_id AS last_phase_id FROM core.order_phases_r@run@ AS p
     WHERE p.run_id = o.run_id AND p.work_order_id = o.work_order_id AND p.finished_at <= m.at
     ORDER BY p.finished_at DESC, p.sequence DESC, p.order_phase_id DESC LIMIT 1
  ) AS last ON true
), made AS (
  SELECT CAST(@as_of@ AS timestamp) AS at, 2 AS since
  UNION ALL SELECT at, 4 FROM moment WHERE step = 2
), known AS (
  SELECT made.at, point, phase_id, CASE WHEN completed_at <= made.at THEN hours ELSE 'Infinity' END AS hours
  FROM past JOIN made ON step BETWEEN since AND since + 5
), spread AS MATERIALIZED (
  SELECT at, coalesce(point, 'ANY') AS point, coalesce(phase_id, 0) AS phase_id, count(*) AS orders,
    nullif(percentile_disc(0.5) WITHIN GROUP (ORDER BY hours), 'Infinity') AS p50_hours,
    nullif(percentile_disc(0.9) WITHIN GROUP (ORDER BY hours), 'Infinity') AS p90_hours
  FROM known GROUP BY GROUPING SETS ((at, point, phase_id), (at))
), route AS (
  SELECT product_id, phase_id, count(*) AS steps FROM core.standard_routes_r@run@ GROUP BY product_id, phase_id
), earlier AS MATERIALIZED (
  SELECT * FROM past WHERE step = 2
), finished AS (
  SELECT o.work_order_id, p.phase_id, count(*) AS executions
  FROM earlier AS o JOIN core.order_phases_r@run@ AS p USING (run_id, work_order_id)
  WHERE p.finished_at <= o.at
  GROUP BY o.work_order_id, p.phase_id
), remaining AS (
  SELECT o.work_order_id, route.phase_id, greatest(steps - coalesce(executions, 0), 0) AS steps
  FROM earlier AS o JOIN route USING (product_id)
  LEFT JOIN finished AS f ON f.work_order_id = o.work_order_id AND f.phase_id = route.phase_id
), flow AS (
  SELECT work_order_id, CASE WHEN bool_and(steps = 0 OR flow_mean_hours IS NOT NULL)
    THEN coalesce(sum(steps * flow_mean_hours), 0) END AS flow_hours
  FROM remaining LEFT JOIN core.phase_rates_r@run@ USING (phase_id) GROUP BY work_order_id
), judged AS (
  SELECT o.point, o.phase_id, o.hours, own.p50_hours, own.p90_hours,
    CASE WHEN CAST(o.transport_at AS date) >= CAST(o.at AS date)
        AND CAST(o.transport_at AS date) < CAST(CAST(@as_of@ AS timestamp) AS date)
      THEN (CAST(o.completed_at AS date) <= CAST(o.transport_at AS date)) IS NOT TRUE END AS is_late,
    CAST(o.at + own.p50_hours * interval '1 hour' AS date) > CAST(o.transport_at AS date) AS p50_flag,
    CASE WHEN flow_hours <= 876000
      THEN CAST(o.at + round(CAST(flow_hours * 3600 AS numeric)) * interval '1 second' AS date)
        > CAST(o.transport_at AS date) END AS mean_flow_flag
  FROM earlier AS o LEFT JOIN flow USING (work_order_id)
  LEFT JOIN LATERAL (
    SELECT p50_hours, p90_hours FROM spread AS s
     WHERE s.at = o.at
       AND (s.point = 'ANY' OR s.orders >= 30 AND (s.point, s.phase_id) = (o.point, o.phase_id))
     ORDER BY s.point = 'ANY' LIMIT 1
  ) AS own ON true
), hits AS (
  SELECT point, phase_id,
    count(*) FILTER (WHERE p50_hours <= 2880) AS p50_orders,
    count(*) FILTER (WHERE p50_hours <= 2880 AND hours <= p50_hours) AS within_p50_orders,
    count(*) FILTER (WHERE p90_hours <= 2880) AS p90_orders,
    count(*) FILTER (WHERE p90_hours <= 2880 AND hours <= p90_hours) AS within_p90_orders,
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
  coalesce(p50_orders, 0) AS p50_orders, coalesce(within_p50_orders, 0) AS within_p50_orders, coalesce(p90_orders,
  0) AS p90_orders, coalesce(within_p90_orders, 0) AS within_p90_orders, coalesce(p50_due_orders, 0) AS
  p50_due_orders, coalesce(p50_late_orders, 0) AS p50_late_orders, coalesce(p50_flagged_orders, 0) AS
  p50_flagged_orders, coalesce(p50_flagged_late_orders, 0) AS p50_flagged_late_orders,
  coalesce(mean_flow_due_orders, 0) AS mean_flow_due_orders, coalesce(mean_flow_late_orders, 0) AS
  mean_flow_late_orders, coalesce(mean_flow_flagged_orders, 0) AS mean_flow_flagged_orders,
  coalesce(mean_flow_flagged_late_orders, 0) AS mean_flow_flagged_late_orders
FROM (SELECT point, phase_id, orders, p50_hours, p90_hours FROM spread WHERE at = CAST(@as_of@ AS timestamp)) AS now
FULL JOIN hits USING (point, phase_id)
"""
"""Terminal phases and the age of stale orders, as app/features/open_orders.toml declared them then."""

MAKE = f"""
DO $make$
DECLARE
    run record;
BEGIN
    FOR run IN SELECT CAST(run_id AS text) AS id, quote_nullable(as_of) AS as_of FROM core.snapshot_facts
        WHERE to_regclass('core.order_phases_r' || run_id) IS NOT NULL ORDER BY run_id
    LOOP
        EXECUTE replace(
            'CREATE TABLE core.remaining_flows_r@run@ PARTITION OF core.remaining_flows FOR VALUES IN (@run@)',
            '@run@', run.id);
        -- Without statistics the server reads all executions for each order.
        EXECUTE replace('ANALYZE core.work_orders_r@run@, core.order_phases_r@run@', '@run@', run.id);
        EXECUTE replace(replace($figures$
            INSERT INTO core.remaining_flows (run_id, {COLUMNS}) SELECT @run@, {COLUMNS} FROM ({FIGURES}) AS figures
        $figures$, '@run@', run.id), '@as_of@', run.as_of);
    END LOOP;
END
$make$
"""


def upgrade() -> None:
    for statement in (*LAST_PHASE, LAST_PHASES, *REMAINING_FLOWS, MAKE):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE core.remaining_flows")
    op.execute("ALTER TABLE core.open_orders DROP COLUMN last_phase_id")

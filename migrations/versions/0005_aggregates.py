"""Aggregates of a run, which the API reads instead of the rows; made here for the snapshots that are there already.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE core.key_figures (
    run_id bigint NOT NULL,
    lead_time_orders bigint NOT NULL,
    lead_time_mean_days double precision,
    lead_time_p50_days double precision,
    lead_time_p90_days double precision,
    completed_before_created_orders bigint NOT NULL,
    delivery_orders bigint NOT NULL,
    on_time_orders bigint NOT NULL,
    overdue_orders bigint NOT NULL,
    throughput_orders bigint NOT NULL,
    throughput_window_days bigint NOT NULL,
    orders_with_errors bigint NOT NULL,
    errors_of_unknown_orders bigint NOT NULL,
    without_culprit_errors bigint NOT NULL,
    CONSTRAINT pk_key_figures PRIMARY KEY (run_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.key_figures IS 'Figures about all work orders and quality errors of a run: one row.'",
    "COMMENT ON COLUMN core.key_figures.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.key_figures.lead_time_mean_days IS 'Unit: days of 24 h.'",
    "COMMENT ON COLUMN core.key_figures.lead_time_p50_days IS 'Unit: days of 24 h.'",
    "COMMENT ON COLUMN core.key_figures.lead_time_p90_days IS 'Unit: days of 24 h.'",
    """
CREATE TABLE core.phase_loads (
    run_id bigint NOT NULL,
    phase_id bigint NOT NULL,
    in_process bigint NOT NULL,
    queued bigint NOT NULL,
    waiting bigint NOT NULL,
    unclosed bigint NOT NULL,
    open_orders bigint NOT NULL,
    in_process_age_p50_hours double precision,
    in_process_age_p90_hours double precision,
    queue_age_p50_hours double precision,
    queue_age_p90_hours double precision,
    weight_kg double precision NOT NULL,
    in_process_weight_kg double precision NOT NULL,
    phases_without_weight bigint NOT NULL,
    CONSTRAINT pk_phase_loads PRIMARY KEY (run_id, phase_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.phase_loads IS 'Order phases without an end, by phase of production: the shop floor at as_of.'",
    "COMMENT ON COLUMN core.phase_loads.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.phase_loads.in_process_age_p50_hours IS 'Unit: h before as_of.'",
    "COMMENT ON COLUMN core.phase_loads.in_process_age_p90_hours IS 'Unit: h before as_of.'",
    "COMMENT ON COLUMN core.phase_loads.queue_age_p50_hours IS 'Unit: h before as_of.'",
    "COMMENT ON COLUMN core.phase_loads.queue_age_p90_hours IS 'Unit: h before as_of.'",
    "COMMENT ON COLUMN core.phase_loads.weight_kg IS 'Unit: kg.'",
    "COMMENT ON COLUMN core.phase_loads.in_process_weight_kg IS 'Unit: kg.'",
    """
CREATE TABLE core.employee_work (
    run_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    assignments bigint NOT NULL,
    matched_assignments bigint NOT NULL,
    chief_assignments bigint NOT NULL,
    finished_phases bigint NOT NULL,
    return_phases bigint NOT NULL,
    timed_phases bigint NOT NULL,
    elapsed_hours double precision NOT NULL,
    CONSTRAINT pk_employee_work PRIMARY KEY (run_id, employee_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.employee_work IS 'Assignments and the phases worked on, by employee.'",
    "COMMENT ON COLUMN core.employee_work.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.employee_work.elapsed_hours IS 'Unit: h.'",
    """
CREATE TABLE core.phase_errors (
    run_id bigint NOT NULL,
    role text NOT NULL,
    phase_id bigint NOT NULL,
    severity smallint NOT NULL,
    errors bigint NOT NULL,
    CONSTRAINT ck_phase_errors_role CHECK (role IN ('EVALUATION', 'CULPRIT')),
    CONSTRAINT pk_phase_errors PRIMARY KEY (run_id, role, phase_id, severity)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.phase_errors IS 'Quality errors by the phase that judged and by the phase held responsible, and by severity.'",
    "COMMENT ON COLUMN core.phase_errors.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.phase_errors.role IS 'EVALUATION: the phase judged. CULPRIT: it is responsible.'",
    """
CREATE TABLE core.error_descriptions (
    run_id bigint NOT NULL,
    place bigint NOT NULL,
    description text NOT NULL,
    errors bigint NOT NULL,
    CONSTRAINT pk_error_descriptions PRIMARY KEY (run_id, place)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.error_descriptions IS 'The most frequent descriptions of quality errors.'",
    "COMMENT ON COLUMN core.error_descriptions.run_id IS 'Ingestion run whose snapshot holds the row.'",
)

FIGURES = {
    "key_figures": """
WITH judged AS (
  SELECT created_at, completed_at, transport_at,
    CASE WHEN completed_at >= created_at
      THEN date_part('epoch', completed_at - created_at) / 86400 END AS lead_days
  FROM core.work_orders_r@run@
), orders AS (
  SELECT count(lead_days) AS lead_time_orders,
    avg(lead_days) AS lead_time_mean_days,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_days) AS lead_time_p50_days,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY lead_days) AS lead_time_p90_days,
    count(*) FILTER (WHERE completed_at < created_at) AS completed_before_created_orders,
    count(*) FILTER (WHERE completed_at IS NOT NULL AND transport_at IS NOT NULL) AS delivery_orders,
    count(*) FILTER (WHERE CAST(completed_at AS date) <= CAST(transport_at AS date)) AS on_time_orders,
    count(*) FILTER (WHERE completed_at IS NULL
      AND CAST(transport_at AS date) < CAST(CAST(@as_of@ AS timestamp) AS date)) AS overdue_orders,
    count(*) FILTER (WHERE completed_at > CAST(@as_of@ AS timestamp) - make_interval(hours => 720)
      AND completed_at <= CAST(@as_of@ AS timestamp)) AS throughput_orders,
    30 AS throughput_window_days
  FROM judged
), named AS (
  SELECT work_order_id, count(*) AS errors, count(*) FILTER (WHERE culprit_order_phase_id IS NULL) AS without_culprit
  FROM core.quality_errors_r@run@ GROUP BY work_order_id
), errors AS (
  SELECT count(o.work_order_id) AS orders_with_errors,
    coalesce(sum(errors) FILTER (WHERE o.work_order_id IS NULL), 0) AS errors_of_unknown_orders,
    coalesce(sum(without_culprit), 0) AS without_culprit_errors
  FROM named LEFT JOIN core.work_orders_r@run@ AS o USING (work_order_id)
)
SELECT * FROM orders, errors
""",
    "phase_loads": """
    WITH open_order AS MATERIALIZED (
        SELECT work_order_id, created_at FROM core.work_orders_r@run@ WHERE completed_at IS NULL
    ), member AS MATERIALIZED (
        SELECT p.work_order_id, o.created_at, p.order_phase_id, p.sequence, p.phase_id, p.started_at, p.finished_at,
               p.weight_kg
          FROM open_order AS o
          JOIN core.order_phases_r@run@ AS p USING (work_order_id)
    ), progress AS (
        SELECT work_order_id, coalesce(max(finished_at), min(created_at)) AS ready_at,
               bool_or(finished_at IS NULL AND started_at IS NOT NULL) AS is_busy
          FROM member GROUP BY work_order_id
    ), next_phase AS (
        SELECT DISTINCT ON (work_order_id) work_order_id, order_phase_id
          FROM member WHERE finished_at IS NULL AND started_at IS NULL
         ORDER BY work_order_id, sequence, order_phase_id
    ), open_work AS (
        SELECT m.work_order_id, m.phase_id, m.weight_kg, state,
               date_part('epoch', CAST(@as_of@ AS timestamp) - CASE state
                   WHEN 'IN_PROCESS' THEN m.started_at
                   WHEN 'QUEUED' THEN progress.ready_at END) / 3600 AS age_hours
          FROM member AS m
          JOIN progress USING (work_order_id)
          LEFT JOIN next_phase USING (work_order_id)
         CROSS JOIN LATERAL (SELECT CASE
               WHEN m.started_at IS NOT NULL THEN 'IN_PROCESS'
               WHEN NOT progress.is_busy AND next_phase.order_phase_id = m.order_phase_id THEN 'QUEUED'
               ELSE 'WAITING' END AS state) AS judged
         WHERE m.finished_at IS NULL
    ), counted AS (
  SELECT phase_id,
    count(*) AS open_work,
    count(*) FILTER (WHERE state = 'IN_PROCESS') AS in_process,
    count(*) FILTER (WHERE state = 'QUEUED') AS queued,
    count(*) FILTER (WHERE state = 'WAITING') AS waiting,
    count(DISTINCT work_order_id) AS open_orders,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY age_hours) FILTER (WHERE state = 'IN_PROCESS') AS in_process_age_p50_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY age_hours) FILTER (WHERE state = 'IN_PROCESS') AS in_process_age_p90_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY age_hours) FILTER (WHERE state = 'QUEUED') AS queue_age_p50_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY age_hours) FILTER (WHERE state = 'QUEUED') AS queue_age_p90_hours,
    coalesce(sum(weight_kg), 0) AS weight_kg,
    coalesce(sum(weight_kg) FILTER (WHERE state = 'IN_PROCESS'), 0) AS in_process_weight_kg,
    count(*) FILTER (WHERE weight_kg = 0) AS phases_without_weight
  FROM open_work GROUP BY phase_id
), unfinished AS (
  SELECT phase_id, count(*) AS phases FROM core.order_phases_r@run@ WHERE finished_at IS NULL GROUP BY phase_id
)
SELECT phase_id, coalesce(in_process, 0) AS in_process, coalesce(queued, 0) AS queued,
  coalesce(waiting, 0) AS waiting, phases - coalesce(open_work, 0) AS unclosed, coalesce(open_orders, 0) AS open_orders,
  in_process_age_p50_hours, in_process_age_p90_hours, queue_age_p50_hours, queue_age_p90_hours,
  coalesce(weight_kg, 0) AS weight_kg, coalesce(in_process_weight_kg, 0) AS in_process_weight_kg,
  coalesce(phases_without_weight, 0) AS phases_without_weight
FROM unfinished LEFT JOIN counted USING (phase_id)
""",
    "employee_work": """
SELECT employee_id,
  count(*) AS assignments,
  count(p.order_phase_id) AS matched_assignments,
  count(*) FILTER (WHERE is_chief) AS chief_assignments,
  count(finished_at) AS finished_phases,
  count(*) FILTER (WHERE is_return) AS return_phases,
  count(*) FILTER (WHERE finished_at >= started_at) AS timed_phases,
  coalesce(date_part('epoch', sum(finished_at - started_at) FILTER (WHERE finished_at >= started_at)) / 3600, 0)
    AS elapsed_hours
FROM core.phase_assignments_r@run@ LEFT JOIN core.order_phases_r@run@ AS p USING (order_phase_id)
GROUP BY employee_id
""",
    "phase_errors": """
SELECT 'EVALUATION' AS role, evaluation_phase_id AS phase_id, severity, count(*) AS errors
FROM core.quality_errors_r@run@ GROUP BY evaluation_phase_id, severity
UNION ALL
SELECT 'CULPRIT', p.phase_id, severity, count(*)
FROM core.quality_errors_r@run@ JOIN core.order_phases_r@run@ AS p ON p.order_phase_id = culprit_order_phase_id
GROUP BY p.phase_id, severity
""",
    "error_descriptions": """
SELECT row_number() OVER (ORDER BY count(*) DESC, description COLLATE "C") AS place, description, count(*) AS errors
FROM core.quality_errors_r@run@ GROUP BY description ORDER BY place LIMIT 10
""",
}
"""Table: its rows for one run, columns by name."""

MAKE = """
DO $make$
DECLARE
    run record;
BEGIN
    FOR run IN SELECT CAST(run_id AS text) AS id, quote_nullable(as_of) AS as_of FROM core.snapshot_facts
        WHERE to_regclass('core.order_phases_r' || run_id) IS NOT NULL ORDER BY run_id
    LOOP
        EXECUTE replace('CREATE TABLE core.{table}_r@run@ PARTITION OF core.{table} FOR VALUES IN (@run@)', '@run@', run.id);
        EXECUTE replace(replace($figures$
            INSERT INTO core.{table} (run_id, {columns}) SELECT @run@, {columns} FROM ({figures}) AS figures
        $figures$, '@run@', run.id), '@as_of@', run.as_of);
    END LOOP;
END
$make$
"""
COLUMNS = {
    "key_figures": "lead_time_orders, lead_time_mean_days, lead_time_p50_days, lead_time_p90_days, completed_before_created_orders, delivery_orders, on_time_orders, overdue_orders, throughput_orders, throughput_window_days, orders_with_errors, errors_of_unknown_orders, without_culprit_errors",
    "phase_loads": "phase_id, in_process, queued, waiting, unclosed, open_orders, in_process_age_p50_hours, in_process_age_p90_hours, queue_age_p50_hours, queue_age_p90_hours, weight_kg, in_process_weight_kg, phases_without_weight",
    "employee_work": "employee_id, assignments, matched_assignments, chief_assignments, finished_phases, return_phases, timed_phases, elapsed_hours",
    "phase_errors": "role, phase_id, severity, errors",
    "error_descriptions": "place, description, errors",
}


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table, figures in FIGURES.items():
        op.execute(MAKE.format(table=table, columns=COLUMNS[table], figures=figures))


def downgrade() -> None:
    for table in reversed(FIGURES):
        op.execute(f"DROP TABLE core.{table}")

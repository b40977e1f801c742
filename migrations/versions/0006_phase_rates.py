"""Rates of each phase of production, made here for the snapshots that are there already.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE core.phase_rates (
    run_id bigint NOT NULL,
    phase_id bigint NOT NULL,
    finished_phases bigint NOT NULL,
    throughput_phases bigint NOT NULL,
    throughput_window_days bigint NOT NULL,
    flow_mean_hours double precision,
    timed_phases bigint NOT NULL,
    duration_median_s double precision,
    coefficient_median double precision NOT NULL,
    CONSTRAINT pk_phase_rates PRIMARY KEY (run_id, phase_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.phase_rates IS 'How fast phases of production were executed, by phase: recently, and over the whole run.'",
    "COMMENT ON COLUMN core.phase_rates.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.phase_rates.flow_mean_hours IS 'Unit: h.'",
    "COMMENT ON COLUMN core.phase_rates.duration_median_s IS 'Unit: s.'",
    "COMMENT ON COLUMN core.phase_rates.coefficient_median IS 'Unit: none is stated by the source.'",
)

COLUMNS = (
    "phase_id, finished_phases, throughput_phases, throughput_window_days, flow_mean_hours, timed_phases,"
    " duration_median_s, coefficient_median"
)
FIGURES = """
WITH walked AS (
  SELECT p.phase_id, p.finished_at, p.finished_at - p.started_at AS duration, p.coefficient,
    CASE WHEN p.finished_at IS NOT NULL
      THEN greatest(p.finished_at - greatest(max(p.finished_at) OVER earlier, o.created_at), interval '0') END AS flow
  FROM core.order_phases_r@run@ AS p JOIN core.work_orders_r@run@ AS o USING (work_order_id)
  WINDOW earlier AS (PARTITION BY p.work_order_id ORDER BY p.sequence, p.order_phase_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT phase_id, count(finished_at) AS finished_phases,
  count(*) FILTER (WHERE finished_at > CAST(@as_of@ AS timestamp) - make_interval(hours => 720)
    AND finished_at <= CAST(@as_of@ AS timestamp)) AS throughput_phases,
  30 AS throughput_window_days,
  date_part('epoch', sum(flow)) / 3600 / nullif(count(flow), 0) AS flow_mean_hours,
  count(*) FILTER (WHERE duration >= interval '0') AS timed_phases,
  date_part('epoch', percentile_disc(0.5) WITHIN GROUP (ORDER BY duration) FILTER (WHERE duration >= interval '0'))
    AS duration_median_s,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY coefficient) AS coefficient_median
FROM walked GROUP BY phase_id
"""
MAKE = f"""
DO $make$
DECLARE
    run record;
BEGIN
    FOR run IN SELECT CAST(run_id AS text) AS id, quote_nullable(as_of) AS as_of FROM core.snapshot_facts
        WHERE to_regclass('core.order_phases_r' || run_id) IS NOT NULL ORDER BY run_id
    LOOP
        EXECUTE replace('CREATE TABLE core.phase_rates_r@run@ PARTITION OF core.phase_rates FOR VALUES IN (@run@)',
            '@run@', run.id);
        EXECUTE replace(replace($figures$
            INSERT INTO core.phase_rates (run_id, {COLUMNS}) SELECT @run@, {COLUMNS} FROM ({FIGURES}) AS figures
        $figures$, '@run@', run.id), '@as_of@', run.as_of);
    END LOOP;
END
$make$
"""


def upgrade() -> None:
    for statement in (*STATEMENTS, MAKE):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE core.phase_rates")

"""Key figures of each published run, kept when its snapshot is removed.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = (
    """
CREATE TABLE audit.published_figures (
    run_id bigint NOT NULL,
    as_of timestamp without time zone,
    orders bigint NOT NULL,
    open_orders bigint NOT NULL,
    lead_time_p50_days double precision,
    due_orders bigint NOT NULL,
    due_on_time_orders bigint NOT NULL,
    overdue_orders bigint NOT NULL,
    throughput_window_days bigint NOT NULL,
    throughput_orders bigint NOT NULL,
    finished_phases bigint NOT NULL,
    return_phases bigint NOT NULL,
    quality_errors bigint NOT NULL,
    CONSTRAINT pk_published_figures PRIMARY KEY (run_id),
    CONSTRAINT fk_published_figures_run FOREIGN KEY (run_id) REFERENCES audit.ingestion_runs (run_id)
)
""",
    "COMMENT ON TABLE audit.published_figures IS"
    " 'Key figures of each published run, written by its first publication and kept beyond retention.'",
    "COMMENT ON COLUMN audit.published_figures.lead_time_p50_days IS 'Unit: days of 24 h.'",
)

FIGURES = """
INSERT INTO audit.published_figures
SELECT f.run_id, f.as_of, f.work_orders, f.open_work_orders, k.lead_time_p50_days, k.due_orders, k.due_on_time_orders,
       k.overdue_orders, k.throughput_window_days, k.throughput_orders,
       CAST(coalesce(sum(r.finished_phases), 0) AS bigint), CAST(coalesce(sum(r.return_phases), 0) AS bigint),
       f.quality_errors
  FROM audit.ingestion_runs AS i
  JOIN core.snapshot_facts AS f USING (run_id)
  JOIN core.key_figures AS k USING (run_id)
  LEFT JOIN core.phase_rates AS r USING (run_id)
 WHERE i.status = 'PUBLISHED'
 GROUP BY f.run_id, f.as_of, f.work_orders, f.open_work_orders, k.lead_time_p50_days, k.due_orders,
       k.due_on_time_orders, k.overdue_orders, k.throughput_window_days, k.throughput_orders, f.quality_errors
"""
"""Figures of the runs whose snapshots are there."""


def upgrade() -> None:
    for statement in (*TABLE, FIGURES):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE audit.published_figures")

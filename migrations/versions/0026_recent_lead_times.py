"""Lead times of the orders completed in the throughput window; made here for the snapshots that are there already.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

DAYS = tuple(f"recent_lead_time_{name}_days" for name in ("mean", "p50", "p90"))
KEPT = "recent_lead_time_p50_days"
FIGURES = (
    """
UPDATE core.key_figures AS k
   SET recent_lead_time_orders = recent.orders, recent_lead_time_mean_days = recent.mean,
       recent_lead_time_p50_days = recent.p50, recent_lead_time_p90_days = recent.p90
  FROM (
    SELECT run_id, count(*) AS orders, avg(days) AS mean, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS p50,
           percentile_cont(0.9) WITHIN GROUP (ORDER BY days) AS p90
      FROM (
        SELECT o.run_id, date_part('epoch', o.completed_at - o.created_at) / 86400 AS days
          FROM core.work_orders AS o JOIN core.snapshot_facts AS f USING (run_id)
         WHERE o.completed_at >= o.created_at AND o.completed_at <= f.as_of
           AND o.completed_at > f.as_of - make_interval(hours => 720)
      ) AS completed
     GROUP BY run_id
  ) AS recent
 WHERE k.run_id = recent.run_id
""",
    """
UPDATE audit.published_figures AS p SET recent_lead_time_p50_days = k.recent_lead_time_p50_days
  FROM core.key_figures AS k WHERE k.run_id = p.run_id
""",
)


def upgrade() -> None:
    op.execute("ALTER TABLE core.key_figures ADD COLUMN recent_lead_time_orders bigint NOT NULL DEFAULT 0")
    for column in DAYS:
        op.execute(f"ALTER TABLE core.key_figures ADD COLUMN {column} double precision")
        op.execute(f"COMMENT ON COLUMN core.key_figures.{column} IS 'Unit: days of 24 h.'")
    op.execute(f"ALTER TABLE audit.published_figures ADD COLUMN {KEPT} double precision")
    op.execute(f"COMMENT ON COLUMN audit.published_figures.{KEPT} IS 'Unit: days of 24 h.'")
    for statement in FIGURES:
        op.execute(statement)
    # The ingestion gives the figure; the default was for the rows that are there.
    op.execute(
        "-- squawk-ignore ban-drop-default\n"
        "ALTER TABLE core.key_figures ALTER COLUMN recent_lead_time_orders DROP DEFAULT"
    )


def downgrade() -> None:
    op.execute(f"ALTER TABLE audit.published_figures DROP COLUMN {KEPT}")
    for column in ("recent_lead_time_orders", *DAYS):
        op.execute(f"ALTER TABLE core.key_figures DROP COLUMN {column}")

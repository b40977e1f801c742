"""Orders that were due, and returns among finished executions; made here for the snapshots that are there already.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COLUMNS = (("key_figures", "due_orders"), ("key_figures", "due_on_time_orders"), ("phase_rates", "return_phases"))
FIGURES = (
    """
UPDATE core.key_figures AS k SET due_orders = due.orders, due_on_time_orders = due.on_time
  FROM (
    SELECT o.run_id, count(*) AS orders,
           count(*) FILTER (WHERE CAST(o.completed_at AS date) <= CAST(o.transport_at AS date)) AS on_time
      FROM core.work_orders AS o JOIN core.snapshot_facts AS f USING (run_id)
     WHERE CAST(o.transport_at AS date) < CAST(f.as_of AS date) GROUP BY o.run_id
  ) AS due
 WHERE k.run_id = due.run_id
""",
    """
UPDATE core.phase_rates AS r SET return_phases = returned.phases
  FROM (
    SELECT run_id, phase_id, count(*) AS phases FROM core.order_phases
     WHERE is_return AND finished_at IS NOT NULL GROUP BY run_id, phase_id
  ) AS returned
 WHERE r.run_id = returned.run_id AND r.phase_id = returned.phase_id
""",
)


def upgrade() -> None:
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE core.{table} ADD COLUMN {column} bigint NOT NULL DEFAULT 0")
    for statement in FIGURES:
        op.execute(statement)
    for table, column in COLUMNS:
        # The ingestion gives every figure; the default was for the rows that are there.
        op.execute(f"-- squawk-ignore ban-drop-default\nALTER TABLE core.{table} ALTER COLUMN {column} DROP DEFAULT")


def downgrade() -> None:
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE core.{table} DROP COLUMN {column}")

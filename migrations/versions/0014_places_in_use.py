"""Places in use side by side, by phase; made here for the snapshots that are there already.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FIGURES = """
WITH used AS (
  SELECT p.run_id, p.phase_id, p.started_at AS since, least(p.finished_at, f.as_of) AS until
  FROM core.snapshot_facts AS f JOIN core.order_phases AS p USING (run_id)
  WHERE p.finished_at > p.started_at AND p.started_at < f.as_of
    AND p.started_at > f.as_of - make_interval(hours => 2160)
), levels AS (
  SELECT run_id, phase_id, sum(sum(change)) OVER moments AS places,
    extract(epoch FROM lead(at) OVER moments - at) AS lasted_s
  FROM (SELECT run_id, phase_id, since AS at, 1 AS change FROM used
    UNION ALL SELECT run_id, phase_id, until, -1 FROM used) AS changes
  GROUP BY run_id, phase_id, at WINDOW moments AS (PARTITION BY run_id, phase_id ORDER BY at)
), shares AS (
  SELECT run_id, phase_id, places, sum(sum(lasted_s)) OVER (PARTITION BY run_id, phase_id ORDER BY places) AS up_to_it,
    sum(sum(lasted_s)) OVER (PARTITION BY run_id, phase_id) AS total
  FROM levels WHERE places > 0 GROUP BY run_id, phase_id, places
)
UPDATE core.phase_rates AS r SET places_p95 = in_use.places_p95
  FROM (
    SELECT run_id, phase_id, min(places) FILTER (WHERE 100 * up_to_it >= 95 * total) AS places_p95
      FROM shares GROUP BY run_id, phase_id
  ) AS in_use
 WHERE r.run_id = in_use.run_id AND r.phase_id = in_use.phase_id
"""


def upgrade() -> None:
    op.execute("ALTER TABLE core.phase_rates ADD COLUMN places_p95 bigint")
    op.execute(FIGURES)


def downgrade() -> None:
    op.execute("ALTER TABLE core.phase_rates DROP COLUMN places_p95")

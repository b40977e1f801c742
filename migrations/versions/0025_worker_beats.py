"""The time at which a worker last looked after each plant.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE audit.worker_beats (
    plant text NOT NULL,
    beaten_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_worker_beats PRIMARY KEY (plant)
)
""",
    "COMMENT ON TABLE audit.worker_beats IS 'When a worker last looked after each plant: every few seconds.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE audit.worker_beats")

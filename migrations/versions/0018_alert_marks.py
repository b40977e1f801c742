"""Notes of the worker about events that webhooks have been told.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE audit.alert_marks (
    plant text NOT NULL,
    marks jsonb NOT NULL,
    CONSTRAINT pk_alert_marks PRIMARY KEY (plant)
)
""",
    "COMMENT ON TABLE audit.alert_marks IS"
    " 'What each plant''s webhooks have been told, so that each event is queued once.'",
    "COMMENT ON COLUMN audit.alert_marks.marks IS 'Runs and gates already told, and states that have begun.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE audit.alert_marks")

"""Exports and removals of a plant's whole data: who, when and what. The rows stay when the plant has gone.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE audit.plant_operations (
    operation_id bigint GENERATED ALWAYS AS IDENTITY,
    plant text NOT NULL,
    operation text NOT NULL,
    requested_by text NOT NULL,
    begun_at timestamp with time zone NOT NULL DEFAULT now(),
    ended_at timestamp with time zone,
    outcome jsonb,
    CONSTRAINT pk_plant_operations PRIMARY KEY (operation_id),
    CONSTRAINT ck_plant_operations_operation CHECK (operation IN ('EXPORT', 'REMOVAL'))
)
""",
    "COMMENT ON TABLE audit.plant_operations IS"
    " 'Exports and removals of a plant''s whole data; the rows stay when the plant has gone.'",
    "COMMENT ON COLUMN audit.plant_operations.ended_at IS 'Null while it is at work, and of one that broke off.'",
    "COMMENT ON COLUMN audit.plant_operations.outcome IS 'Rows of each table that were exported or removed.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE audit.plant_operations")

"""The record of operations on whole plants knows their distribution.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

OPERATIONS = "ck_plant_operations_operation"


def upgrade() -> None:
    _allow("'EXPORT', 'REMOVAL', 'DISTRIBUTION'", "Exports, removals and distributions of a plant''s whole data")


def downgrade() -> None:
    # The release before knows no such operation.
    op.execute("DELETE FROM audit.plant_operations WHERE operation = 'DISTRIBUTION'")
    _allow("'EXPORT', 'REMOVAL'", "Exports and removals of a plant''s whole data")


def _allow(operations: str, subject: str) -> None:
    # The table has a row for each such command, so it is read through in no time.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE audit.plant_operations DROP CONSTRAINT {OPERATIONS}")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE audit.plant_operations ADD CONSTRAINT {OPERATIONS} CHECK (operation IN ({operations}))"
    )
    op.execute(f"COMMENT ON TABLE audit.plant_operations IS '{subject}; the rows stay when the plant has gone.'")

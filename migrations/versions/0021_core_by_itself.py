"""No foreign key leaves core, so that it can be distributed by itself: pointer and facts name a run of audit without one.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEYS = {"current_snapshot": "fk_current_snapshot_run", "snapshot_facts": "fk_snapshot_facts_run"}


def upgrade() -> None:
    for table, name in KEYS.items():
        op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE core.{table} DROP CONSTRAINT {name}")


def downgrade() -> None:
    for table, name in KEYS.items():
        op.execute(
            "-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid\n"
            f"ALTER TABLE core.{table} ADD CONSTRAINT {name} FOREIGN KEY (run_id)"
            " REFERENCES audit.ingestion_runs (run_id)"
        )

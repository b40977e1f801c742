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

# An ingestion locks audit first and a reader the pointer, so neither order is free of deadlocks. All tables are locked
# together, for less than deadlock_timeout at a time, and given back in between.
LOCK = """
DO $lock$
DECLARE
    former text := current_setting('lock_timeout');
BEGIN
    FOR attempt IN 1..40 LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '100ms', true);
            LOCK TABLE audit.ingestion_runs, core.current_snapshot, core.snapshot_facts IN ACCESS EXCLUSIVE MODE;
            PERFORM set_config('lock_timeout', former, true);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 40 THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(0.05);
        END;
    END LOOP;
END
$lock$
"""


def upgrade() -> None:
    op.execute(LOCK)
    for table, name in KEYS.items():
        op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE core.{table} DROP CONSTRAINT {name}")


def downgrade() -> None:
    op.execute(LOCK)
    for table, name in KEYS.items():
        op.execute(
            "-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid\n"
            f"ALTER TABLE core.{table} ADD CONSTRAINT {name} FOREIGN KEY (run_id)"
            " REFERENCES audit.ingestion_runs (run_id)"
        )

"""The comment of the durations says ingestion step: a phase is a step of the factory.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _comment("Duration of each ingestion step. Unit: s.")


def downgrade() -> None:
    _comment("Duration of each phase. Unit: s.")


def _comment(text: str) -> None:
    op.execute(f"COMMENT ON COLUMN audit.ingestion_runs.phases_s IS '{text}'")

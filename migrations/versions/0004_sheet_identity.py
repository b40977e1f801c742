"""The SHA-256 of each sheet of a run; null for the runs that were recorded before.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE audit.ingestion_sheets ADD COLUMN sheet_sha256 text",
    "COMMENT ON COLUMN audit.ingestion_sheets.sheet_sha256 IS"
    " 'SHA-256 of the sheet''s XML in the workbook; null in records older than this column.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE audit.ingestion_sheets DROP COLUMN sheet_sha256")

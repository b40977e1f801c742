"""A request may also make a kept run live again; its source is KEPT, its file the number of that run.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SOURCES = "ck_ingestion_requests_source"
FILE = "UPLOAD: name in the folder of uploads. FOLDER: path below the folder of exports."


def upgrade() -> None:
    _allow("'UPLOAD', 'FOLDER', 'KEPT'", f"{FILE} KEPT: number of the run to make live again.")


def downgrade() -> None:
    # The release before has no such request.
    op.execute("DELETE FROM audit.ingestion_requests WHERE source = 'KEPT'")
    _allow("'UPLOAD', 'FOLDER'", FILE)


def _allow(sources: str, file: str) -> None:
    # The table has a row for each request of a person, so it is read through in no time.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE audit.ingestion_requests DROP CONSTRAINT {SOURCES}")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE audit.ingestion_requests ADD CONSTRAINT {SOURCES} CHECK (source IN ({sources}))"
    )
    op.execute(f"COMMENT ON COLUMN audit.ingestion_requests.file IS '{file}'")

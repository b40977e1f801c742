"""Requests may allow refused rows, an older export and an empty one.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ALLOWANCES = ("allow_rejects", "allow_older", "allow_empty")
ARGUMENTS = "text, text, text, text, text, text, boolean, boolean, boolean, boolean, boolean"
DOOR = """
CREATE FUNCTION queue.request_ingestion(
    asked_plant text, asked_sha256 text, asked_name text, asked_by text,
    asked_source text, asked_file text, asked_force boolean, asked_allow_shrink boolean,
    asked_allow_rejects boolean, asked_allow_older boolean, asked_allow_empty boolean
) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = queue, pg_temp
AS $$
DECLARE
    reserved bigint;
BEGIN
    reserved := queue.request_ingestion(asked_plant, asked_sha256, asked_name, asked_by, asked_source, asked_file,
        asked_force, asked_allow_shrink);
    UPDATE audit.ingestion_requests
       SET allow_rejects = asked_allow_rejects, allow_older = asked_allow_older, allow_empty = asked_allow_empty
     WHERE run_id = reserved;
    RETURN reserved;
END;
$$
"""
TOLD = (
    f"COMMENT ON FUNCTION queue.request_ingestion({ARGUMENTS}) IS"
    " 'Records a request and queues its job, in the caller''s transaction: all that the API''s role may do here.'",
    f"REVOKE ALL ON FUNCTION queue.request_ingestion({ARGUMENTS}) FROM PUBLIC",
)


def upgrade() -> None:
    for name in ALLOWANCES:
        op.execute(f"ALTER TABLE audit.ingestion_requests ADD COLUMN {name} boolean NOT NULL DEFAULT false")
    for statement in (DOOR, *TOLD):
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION queue.request_ingestion({ARGUMENTS})")
    for name in ALLOWANCES:
        op.execute(f"ALTER TABLE audit.ingestion_requests DROP COLUMN {name}")

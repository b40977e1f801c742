"""Requests may allow values that most rows changed since the live run, and rows that stand twice.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ARGUMENTS = "text, text, text, text, text, text, boolean, boolean, boolean, boolean, boolean, boolean"
DOOR = (
    """
CREATE FUNCTION queue.request_ingestion(
    asked_plant text, asked_sha256 text, asked_name text, asked_by text,
    asked_source text, asked_file text, asked_force boolean, asked_allow_shrink boolean,
    asked_allow_rejects boolean, asked_allow_older boolean, asked_allow_empty boolean,
    asked_allow_implausible boolean
) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = queue, pg_temp
AS $$
DECLARE
    reserved bigint;
BEGIN
    reserved := queue.request_ingestion(asked_plant, asked_sha256, asked_name, asked_by, asked_source, asked_file,
        asked_force, asked_allow_shrink, asked_allow_rejects, asked_allow_older, asked_allow_empty);
    UPDATE audit.ingestion_requests SET allow_implausible = asked_allow_implausible WHERE run_id = reserved;
    RETURN reserved;
END;
$$
""",
    f"COMMENT ON FUNCTION queue.request_ingestion({ARGUMENTS}) IS"
    " 'Records a request and queues its job, in the caller''s transaction: all that the API''s role may do here.'",
    f"REVOKE ALL ON FUNCTION queue.request_ingestion({ARGUMENTS}) FROM PUBLIC",
)
RETRY = """
CREATE OR REPLACE FUNCTION queue.retry_ingestion(asked_run bigint, asked_by text) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = queue, pg_temp
AS $$
DECLARE
    failed audit.ingestion_requests;
    reserved bigint;
BEGIN
    SELECT * INTO failed FROM audit.ingestion_requests WHERE run_id = asked_run;
    -- Not ended: of a worker that died and whose request nobody has ended yet.
    IF NOT FOUND OR coalesce(failed.ended_as, 'FAILED') <> 'FAILED' THEN
        RAISE EXCEPTION 'no request of this number has failed' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    reserved := queue.request_ingestion(failed.plant, failed.excel_sha256, failed.workbook_name, asked_by,
        failed.source, failed.file, failed.force, failed.allow_shrink, failed.allow_rejects, failed.allow_older,
        {allowed});
    UPDATE audit.ingestion_requests SET retry_of = asked_run WHERE run_id = reserved;
    RETURN reserved;
END;
$$
"""


def upgrade() -> None:
    op.execute("ALTER TABLE audit.ingestion_requests ADD COLUMN allow_implausible boolean NOT NULL DEFAULT false")
    for statement in DOOR:
        op.execute(statement)
    op.execute(RETRY.replace("{allowed}", "failed.allow_empty, failed.allow_implausible"))


def downgrade() -> None:
    op.execute(RETRY.replace("{allowed}", "failed.allow_empty"))
    op.execute(f"DROP FUNCTION queue.request_ingestion({ARGUMENTS})")
    op.execute("ALTER TABLE audit.ingestion_requests DROP COLUMN allow_implausible")

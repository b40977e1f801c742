"""A retry names the run that it repeats, and is of the same workbook by construction.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DOOR = (
    """
CREATE FUNCTION queue.retry_ingestion(asked_run bigint, asked_by text) RETURNS bigint
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
        failed.allow_empty);
    UPDATE audit.ingestion_requests SET retry_of = asked_run WHERE run_id = reserved;
    RETURN reserved;
END;
$$
""",
    "COMMENT ON FUNCTION queue.retry_ingestion(bigint, text) IS"
    " 'Requests a failed ingestion again, of the same workbook with the same options.'",
    "REVOKE ALL ON FUNCTION queue.retry_ingestion(bigint, text) FROM PUBLIC",
)


def upgrade() -> None:
    op.execute("ALTER TABLE audit.ingestion_requests ADD COLUMN retry_of bigint")
    op.execute("COMMENT ON COLUMN audit.ingestion_requests.retry_of IS 'The failed run that this one repeats.'")
    for statement in DOOR:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION queue.retry_ingestion(bigint, text)")
    op.execute("ALTER TABLE audit.ingestion_requests DROP COLUMN retry_of")

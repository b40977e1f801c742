"""What a request for an ingestion allows beforehand: refused rows, an older export, an empty one.

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
BEFORE = "text, text, text, text, text, text, boolean, boolean"
DOOR = """
CREATE FUNCTION queue.request_ingestion(
    asked_plant text, asked_sha256 text, asked_name text, asked_by text,
    asked_source text, asked_file text, asked_force boolean, asked_allow_shrink boolean{more_arguments}
) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = queue, pg_temp
AS $$
DECLARE
    reserved bigint;
BEGIN
    -- One at a time for a plant, so that the count is true.
    PERFORM pg_advisory_xact_lock(1364542800, hashtext(asked_plant));
    IF (SELECT count(*) FROM audit.ingestion_requests WHERE plant = asked_plant AND ended_as IS NULL) >= 20 THEN
        RAISE EXCEPTION 'twenty ingestions of this plant are waiting' USING ERRCODE = 'configuration_limit_exceeded';
    END IF;
    reserved := nextval(pg_get_serial_sequence('audit.ingestion_runs', 'run_id'));
    INSERT INTO audit.ingestion_requests
        (run_id, plant, excel_sha256, workbook_name, requested_by, source, file, force, allow_shrink{more_columns})
    VALUES (reserved, asked_plant, asked_sha256, asked_name, asked_by, asked_source, asked_file, asked_force,
        asked_allow_shrink{more_values});
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        'ingestion ' || left(md5(asked_plant), 16), 'ingest', 0, 'plant ' || asked_plant, NULL, jsonb_build_object('run_id', reserved), NULL
    )::procrastinate_job_to_defer_v1]);
    RETURN reserved;
END;
$$
"""
TOLD = (
    "COMMENT ON FUNCTION queue.request_ingestion IS"
    " 'Records a request and queues its job, in the caller''s transaction: all that the API''s role may do here.'",
    "REVOKE ALL ON FUNCTION queue.request_ingestion FROM PUBLIC",
)


def door(allowances: tuple[str, ...]) -> str:
    """The function's text. What a caller of before does not say is not allowed."""
    return DOOR.format(
        more_arguments="".join(f",\n    asked_{name} boolean DEFAULT false" for name in allowances),
        more_columns="".join(f", {name}" for name in allowances),
        more_values="".join(f", asked_{name}" for name in allowances),
    )


def upgrade() -> None:
    for name in ALLOWANCES:
        op.execute(f"ALTER TABLE audit.ingestion_requests ADD COLUMN {name} boolean NOT NULL DEFAULT false")
    op.execute(f"DROP FUNCTION queue.request_ingestion({BEFORE})")
    for statement in (door(ALLOWANCES), *TOLD):
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION queue.request_ingestion({BEFORE}, boolean, boolean, boolean)")
    for statement in (door(()), *TOLD):
        op.execute(statement)
    for name in ALLOWANCES:
        op.execute(f"ALTER TABLE audit.ingestion_requests DROP COLUMN {name}")

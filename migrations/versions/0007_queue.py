"""Ingestions asked for through the API: the queue, what was asked, and the one door by which the API may ask.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

QUEUE = Path(__file__).resolve().parents[1] / "sql" / "procrastinate_3_10.sql"

REQUESTS = (
    """
CREATE TABLE audit.ingestion_requests (
    run_id bigint NOT NULL,
    plant text NOT NULL,
    excel_sha256 text NOT NULL,
    workbook_name text NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamp with time zone NOT NULL DEFAULT now(),
    source text NOT NULL,
    file text NOT NULL,
    force boolean NOT NULL,
    allow_shrink boolean NOT NULL,
    phase text,
    done bigint,
    total bigint,
    progress_at timestamp with time zone,
    ended_as text,
    ended_at timestamp with time zone,
    code text,
    failure text,
    result_run_id bigint,
    CONSTRAINT pk_ingestion_requests PRIMARY KEY (run_id),
    CONSTRAINT ck_ingestion_requests_source CHECK (source IN ('UPLOAD', 'FOLDER')),
    CONSTRAINT ck_ingestion_requests_ended_as CHECK (ended_as IN ('PUBLISHED', 'NO_OP', 'FAILED', 'REFUSED'))
)
""",
    "COMMENT ON TABLE audit.ingestion_requests IS"
    " 'What the API was asked to ingest, how far that has come and how it ended; a run started by a command has no row.'",
    "COMMENT ON COLUMN audit.ingestion_requests.run_id IS"
    " 'Reserved when asked; audit.ingestion_runs has it once the run begins.'",
    "COMMENT ON COLUMN audit.ingestion_requests.file IS"
    " 'UPLOAD: name in the folder of uploads. FOLDER: path below the folder of exports.'",
    "COMMENT ON COLUMN audit.ingestion_requests.done IS 'Unit: rows while phase is extract, otherwise steps.'",
    "COMMENT ON COLUMN audit.ingestion_requests.total IS 'Of done; null where it is not known beforehand.'",
    "COMMENT ON COLUMN audit.ingestion_requests.ended_as IS 'Null while it waits or runs.'",
    "COMMENT ON COLUMN audit.ingestion_requests.result_run_id IS"
    " 'The run that holds the workbook: this one, or for a NO_OP the one that was live already.'",
)

DOOR = (
    """
CREATE FUNCTION queue.request_ingestion(
    asked_plant text, asked_sha256 text, asked_name text, asked_by text,
    asked_source text, asked_file text, asked_force boolean, asked_allow_shrink boolean
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
        (run_id, plant, excel_sha256, workbook_name, requested_by, source, file, force, allow_shrink)
    VALUES (reserved, asked_plant, asked_sha256, asked_name, asked_by, asked_source, asked_file, asked_force,
        asked_allow_shrink);
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        'ingestion ' || left(md5(asked_plant), 16), 'ingest', 0, 'plant ' || asked_plant, NULL, jsonb_build_object('run_id', reserved), NULL
    )::procrastinate_job_to_defer_v1]);
    RETURN reserved;
END;
$$
""",
    "COMMENT ON FUNCTION queue.request_ingestion IS"
    " 'Records a request and queues its job, in the caller''s transaction: all that the API''s role may do here.'",
    "REVOKE ALL ON FUNCTION queue.request_ingestion FROM PUBLIC",
)


def upgrade() -> None:
    for statement in REQUESTS:
        op.execute(statement)
    op.execute("CREATE SCHEMA queue")
    # The package names its objects without a schema.
    op.execute("SET LOCAL search_path = queue")
    op.execute(QUEUE.read_text(encoding="utf-8"))
    op.execute("SET LOCAL search_path TO DEFAULT")
    for statement in DOOR:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP SCHEMA queue CASCADE")
    op.execute("DROP TABLE audit.ingestion_requests")

"""The door of the queue checks what it is given, and takes turns by a row that the API's role cannot lock.

An advisory lock of a known number could be held by whoever may connect, and nobody could ask for an ingestion then.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TURN = (
    "CREATE TABLE queue.request_turn ("
    "is_turn boolean NOT NULL, CONSTRAINT pk_request_turn PRIMARY KEY (is_turn),"
    " CONSTRAINT ck_request_turn_is_turn CHECK (is_turn))",
    "COMMENT ON TABLE queue.request_turn IS"
    " 'One row: whoever asks for an ingestion updates it first, so that requests are counted one after the other.'",
    "COMMENT ON COLUMN queue.request_turn.is_turn IS 'Always true.'",
    "INSERT INTO queue.request_turn VALUES (true)",
)

DOOR = """
CREATE OR REPLACE FUNCTION queue.request_ingestion(
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
    {before}
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
"""

CHECKED = r"""-- Characters of each text: at least one, at most so many, no control among them.
    IF asked_plant !~ '^[^[:cntrl:]]{1,200}$' OR asked_plant !~ '\S' THEN
        RAISE EXCEPTION 'the plant is no name' USING ERRCODE = 'invalid_parameter_value';
    ELSIF asked_by !~ '^[^[:cntrl:]]{1,200}$' OR asked_by !~ '\S' THEN
        RAISE EXCEPTION 'nobody asks' USING ERRCODE = 'invalid_parameter_value';
    ELSIF asked_name !~ '^[^[:cntrl:]/]{1,255}$' THEN
        RAISE EXCEPTION 'the workbook has no name' USING ERRCODE = 'invalid_parameter_value';
    ELSIF asked_sha256 !~ '^[0-9a-f]{64}$' THEN
        RAISE EXCEPTION 'the digest is no SHA-256' USING ERRCODE = 'invalid_parameter_value';
    ELSIF asked_file !~ '^[^[:cntrl:]/][^[:cntrl:]]*$' OR length(asked_file) > 1000
       OR asked_file ~ '(^|/)\.\.(/|$)' OR (asked_source = 'UPLOAD' AND asked_file !~ '^[0-9a-f]{32}/[^/]+$') THEN
        RAISE EXCEPTION 'the file is outside of its folder' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- One at a time, so that the counts are true.
    UPDATE request_turn SET is_turn = true;
    IF (SELECT count(*) FROM audit.ingestion_requests WHERE plant = asked_plant AND ended_as IS NULL) >= 20 THEN
        RAISE EXCEPTION 'twenty ingestions of this plant are waiting' USING ERRCODE = 'configuration_limit_exceeded';
    ELSIF (SELECT count(*) FROM audit.ingestion_requests WHERE ended_as IS NULL) >= 200 THEN
        RAISE EXCEPTION 'two hundred ingestions are waiting' USING ERRCODE = 'configuration_limit_exceeded';
    END IF;"""

OF_BEFORE = """-- One at a time for a plant, so that the count is true.
    PERFORM pg_advisory_xact_lock(1364542800, hashtext(asked_plant));
    IF (SELECT count(*) FROM audit.ingestion_requests WHERE plant = asked_plant AND ended_as IS NULL) >= 20 THEN
        RAISE EXCEPTION 'twenty ingestions of this plant are waiting' USING ERRCODE = 'configuration_limit_exceeded';
    END IF;"""


def upgrade() -> None:
    for statement in TURN:
        op.execute(statement)
    op.execute(_door(CHECKED))


def downgrade() -> None:
    op.execute(_door(OF_BEFORE))
    op.execute("DROP TABLE queue.request_turn")


def _door(before: str) -> str:
    return DOOR.replace("{before}", before)

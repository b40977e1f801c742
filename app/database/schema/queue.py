"""The queue's schema: procrastinate's own objects, and the one door to it that the API's role has.

What head must be is what the installed package says, so a release of it that changes its schema shows as drift until a
revision follows.
"""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA = "queue"
QUEUE, TASK = "ingestion", "ingest"
"""Names under which a request is queued and the worker finds it."""

TABLES = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers", "procrastinate_workers")
SEQUENCES = tuple(f"{table}_id_seq" for table in TABLES)

REQUEST = f"{SCHEMA}.request_ingestion(text,text,text,text,text,text,boolean,boolean)"
"""plant, excel_sha256, workbook_name, requested_by, source, file, force, allow_shrink → run_id."""

DOOR = f"""
CREATE FUNCTION queue.request_ingestion(
    asked_plant text, asked_sha256 text, asked_name text, asked_by text,
    asked_source text, asked_file text, asked_force boolean, asked_allow_shrink boolean
) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = queue, pg_temp
AS $$
DECLARE
    reserved bigint := nextval(pg_get_serial_sequence('audit.ingestion_runs', 'run_id'));
BEGIN
    INSERT INTO audit.ingestion_requests
        (run_id, plant, excel_sha256, workbook_name, requested_by, source, file, force, allow_shrink)
    VALUES (reserved, asked_plant, asked_sha256, asked_name, asked_by, asked_source, asked_file, asked_force,
        asked_allow_shrink);
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        '{QUEUE}', '{TASK}', 0, 'plant ' || asked_plant, NULL, jsonb_build_object('run_id', reserved), NULL
    )::procrastinate_job_to_defer_v1]);
    RETURN reserved;
END;
$$
"""
COMMENT = (
    "COMMENT ON FUNCTION queue.request_ingestion IS"
    " 'Records a request and queues its job, in the caller''s transaction: all that the API''s role may do here.'"
)


def create(connection: sa.Connection) -> None:
    """Make the schema as this release wants it; the package names its objects without a schema."""
    from procrastinate.schema import SchemaManager

    connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
    connection.exec_driver_sql(f"SET LOCAL search_path = {SCHEMA}")
    # Without tabs, as alembic writes a revision's SQL for review.
    for statement in (SchemaManager.get_schema().replace("\t", "    "), DOOR, COMMENT):
        connection.exec_driver_sql(statement.replace("%", "%%"))
    connection.exec_driver_sql("SET LOCAL search_path TO DEFAULT")

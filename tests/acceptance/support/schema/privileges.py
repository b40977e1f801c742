"""Statements that the API's and the ingestion's roles may not do, and those that the API must (check B8)."""

from __future__ import annotations

from app.contract import SHEETS, Sheet

TABLES = tuple(sheet.table for sheet in SHEETS)
NAMED = {sheet.table: [one.name for one in sheet.columns if one.personal] for sheet in SHEETS}
"""Columns that hold people's names, by table."""
ASK = f"SELECT queue.request_ingestion('main', '{'0' * 64}', 'w.xlsx', 'B8', 'FOLDER', 'w.xlsx', false, false)"

FORBIDDEN_TO_API = (
    *(f"DELETE FROM core.{table}" for table in TABLES),
    *(f"UPDATE core.{table} SET run_id = run_id" for table in TABLES),
    *(f"INSERT INTO core.{table} SELECT * FROM core.{table} WHERE false" for table in TABLES),
    "UPDATE core.current_snapshot SET run_id = run_id",
    "DELETE FROM core.current_snapshot",
    "DELETE FROM core.snapshot_facts",
    "UPDATE audit.feature_gates SET status = 'ENABLED'",
    "DELETE FROM audit.rejected_rows",
    "TRUNCATE core.work_orders",
    "DROP TABLE core.work_orders",
    "ALTER TABLE core.work_orders ADD COLUMN spare integer",
    "CREATE INDEX spare ON core.work_orders (run_id)",
    "CREATE TABLE core.spare (a integer)",
    "CREATE TABLE public.spare (a integer)",
    "CREATE SCHEMA spare",
    "COMMENT ON TABLE core.work_orders IS 'spare'",
    "ALTER TABLE core.work_orders OWNER TO CURRENT_USER",
    "SELECT * FROM staging.work_orders",
    "UPDATE public.alembic_version SET version_num = 'spare'",
    "UPDATE audit.ingestion_requests SET ended_as = 'PUBLISHED'",
    "INSERT INTO audit.ingestion_runs (plant, excel_sha256, workbook_name, status, requested_by, backend_pid)"
    " VALUES ('main', '', '', 'PUBLISHED', '', 1)",
    "INSERT INTO queue.procrastinate_jobs (queue_name, task_name) VALUES ('ingestion', 'spare')",
    "SELECT * FROM queue.procrastinate_workers",
    "UPDATE audit.what_if_scenarios SET name = 'spare'",
    "UPDATE audit.published_figures SET orders = 0",
    "TRUNCATE audit.what_if_scenarios",
    "UPDATE queue.request_turn SET is_turn = true",
    *(f"SELECT {name} FROM core.{table}" for table, names in NAMED.items() for name in names),
)

FORBIDDEN_TO_INGEST = (
    "DROP TABLE core.work_orders",
    "ALTER TABLE core.work_orders ADD COLUMN spare integer",
    "CREATE TABLE core.spare (a integer)",
    "CREATE TABLE public.spare (a integer)",
    "CREATE SCHEMA spare",
    *(f"DELETE FROM core.{table}" for table in TABLES),
    *(f"UPDATE core.{table} SET run_id = run_id" for table in TABLES),
    "TRUNCATE core.work_orders",
    "ALTER TABLE core.work_orders OWNER TO CURRENT_USER",
    "UPDATE public.alembic_version SET version_num = 'spare'",
    "DELETE FROM audit.what_if_scenarios",
    "DELETE FROM audit.published_figures",
    ASK,
    "SELECT queue.retry_ingestion(1, 'B8')",
    "DROP FUNCTION queue.request_ingestion(text, text, text, text, text, text, boolean, boolean)",
)


def readable(sheet: Sheet) -> tuple[str, ...]:
    """Columns of the sheet's table that the API may read."""
    return ("run_id", *(column.name for column in sheet.columns if not column.personal))


ALLOWED_TO_API = (
    *(f"SELECT {', '.join(readable(sheet))} FROM core.{sheet.table} LIMIT 1" for sheet in SHEETS),
    "SELECT * FROM core.current_snapshot",
    "SELECT * FROM core.snapshot_facts",
    "SELECT * FROM audit.feature_gates LIMIT 1",
    "INSERT INTO audit.what_if_scenarios (plant, name, kept_by, run_id, scenario, outcomes)"
    " VALUES ('main', 'B8', 'B8', 1, '{}', '{}')",
    "DELETE FROM audit.what_if_scenarios",
    ASK,
)

"""A factory's database as release 0003, the first that could be used, left it: a published run, rows in every table.

It is written in the SQL of that release, so that it stays what it is whatever head becomes.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.database.access.ownership import let_owner_create
from app.database.access.roles import Roles
from app.database.engine import open_engine
from app.database.revisions.migrate import upgrade

RELEASE = "0003"
ORDERS, PHASE_COUNT = 10_000, 100_000
RUN = 1

_RUN = (
    "INSERT INTO audit.ingestion_runs (plant, excel_sha256, workbook_name, status, requested_by, backend_pid)"
    " VALUES ('main', repeat('0', 64), 'loaded.xlsx', 'PUBLISHED', 'B7', 1)"
)
_ROWS = {
    "work_orders": f"SELECT {RUN}, n, day, CASE WHEN n % 3 > 0 THEN day + interval '9 d' END, n % 500, n % 70, NULL"
    f" FROM generate_series(1, {ORDERS}) n, LATERAL (SELECT timestamp '2025-01-01' + n * interval '1 h') AS d (day)",
    "order_phases": f"SELECT {RUN}, n, 1 + n % {ORDERS}, day, CASE WHEN n % 7 > 0 THEN day + interval '5 h' END, NULL,"
    f" 1, 0, n % 70, n % 9, n % 31 = 0, n % 3, n / {ORDERS}"
    f" FROM generate_series(1, {PHASE_COUNT}) n,"
    " LATERAL (SELECT timestamp '2025-01-01' + n * interval '6 min') AS d (day)",
    "phase_assignments": f"SELECT {RUN}, n, n % 300, n % 4 = 0 FROM generate_series(1, {PHASE_COUNT}) n",
    "quality_errors": f"SELECT {RUN}, 'mark ' || n % 20, n, n % 70, 1 + n % 3, n, n + 1, md5(n::text)::uuid, 1"
    f" FROM generate_series(1, {ORDERS}) n",
    "employees": f"SELECT {RUN}, n, 'employee ' || n, true FROM generate_series(0, 299) n",
    "skills": f"SELECT {RUN}, n, n % 70, NULL FROM generate_series(0, 299) n",
    "phases": f"SELECT {RUN}, n, 'phase ' || n, n, n % 5 > 0, false FROM generate_series(0, 69) n",
    "products": f"SELECT {RUN}, n, 'product ' || n, 10, 9, 1, 2 FROM generate_series(0, 499) n",
    "standard_routes": f"SELECT {RUN}, n, n % 70, 1, 1, 0 FROM generate_series(0, 499) n",
}
_FIGURES = (
    f"INSERT INTO core.snapshot_facts SELECT {RUN}, max(started_at), {ORDERS}, {ORDERS // 3}, {PHASE_COUNT},"
    f" {PHASE_COUNT // 7}, {PHASE_COUNT // 31}, {ORDERS} FROM core.order_phases",
    f"INSERT INTO core.current_snapshot VALUES ('main', {RUN}, now())",
    f"INSERT INTO audit.ingestion_sheets SELECT {RUN}, 'Fases', 70, 70, 70, 0, 70, 0, 0, 0, '{{}}'",
    f"INSERT INTO audit.rejected_rows SELECT {RUN}, 'Fases', n, 'NULL_KEY', 'no key', '{{}}'"
    " FROM generate_series(2, 5000) n",
)
_GRANTS = (
    'GRANT USAGE ON SCHEMA core, audit TO "{api}", "{ingest}"',
    'GRANT SELECT ON ALL TABLES IN SCHEMA core, audit TO "{api}"',
    'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA audit TO "{ingest}"',
    'GRANT SELECT, INSERT, UPDATE ON core.current_snapshot, core.snapshot_facts TO "{ingest}"',
)


def load_release(url: sa.URL, roles: Roles) -> None:
    """Bring an empty database to what a factory had at RELEASE; the roles are there already."""
    with open_engine(url) as engine:
        with engine.begin() as connection:
            let_owner_create(connection, roles)
        upgrade(url, RELEASE, role=roles.owner)
        with engine.begin() as connection:
            connection.exec_driver_sql(f'SET LOCAL ROLE "{roles.owner}"')
            connection.exec_driver_sql(_RUN)
            for table, rows in _ROWS.items():
                bound = f"PARTITION OF core.{table} FOR VALUES IN ({RUN})"
                connection.exec_driver_sql(f"CREATE TABLE core.{table}_r{RUN} {bound}")
                connection.exec_driver_sql(f"INSERT INTO core.{table} {rows}".replace("%", "%%"))
            for statement in (*_FIGURES, *(grant.format(api=roles.api, ingest=roles.ingest) for grant in _GRANTS)):
                connection.exec_driver_sql(statement)


def read_as_the_api(connection: sa.Connection) -> tuple[int, ...]:
    """Ask as a reader does in one transaction: the live run, its orders, its audit."""
    found = connection.exec_driver_sql(
        "SELECT (SELECT count(*) FROM core.work_orders JOIN core.current_snapshot USING (run_id) WHERE plant = 'main'),"
        " (SELECT count(*) FROM core.order_phases WHERE run_id = 1 AND work_order_id < 100),"
        " (SELECT count(*) FROM audit.rejected_rows WHERE run_id = 1),"
        " (SELECT count(*) FROM audit.ingestion_sheets WHERE run_id = 1)"
    ).one()
    return tuple(found)


def write_as_an_ingestion(connection: sa.Connection, roles: Roles) -> None:
    """Write as an ingestion does, on a few rows: its record and evidence, a partition made
    and attached (and taken back, so that no half of a snapshot stays), the pointer. Commits."""
    record = _RUN.replace("'main'", "'writer'").replace("'PUBLISHED'", "'RUNNING'")
    run = connection.exec_driver_sql(f"{record} RETURNING run_id").scalar_one()
    for statement in (
        "INSERT INTO audit.ingestion_sheets (run_id, sheet, rows_extracted, rows_loaded, rows_merged, rows_rejected,"
        f" inserted, updated, unchanged, deleted, rejects_by_reason) VALUES ({run}, 'Fases', 1, 1, 0, 1, 0, 0, 0, 0,"
        " '{}')",
        f"INSERT INTO audit.rejected_rows VALUES ({run}, 'Fases', 2, 'NULL_KEY', 'no key', '{{}}')",
        "SAVEPOINT partition",
        f'SET LOCAL ROLE "{roles.owner}"',
        f"CREATE TABLE core.phases_r{run} (LIKE core.phases INCLUDING ALL, CHECK (run_id = {run}))",
        f"ALTER TABLE core.phases ATTACH PARTITION core.phases_r{run} FOR VALUES IN ({run})",
        "ROLLBACK TO partition",
        "UPDATE core.current_snapshot SET published_at = clock_timestamp() WHERE plant = 'main'",
        f"UPDATE audit.ingestion_runs SET status = 'FAILED', finished_at = clock_timestamp() WHERE run_id = {run}",
    ):
        connection.exec_driver_sql(statement)
    connection.commit()


WRITTEN = """
    SELECT count(*), count(s.run_id), count(j.run_id) FROM audit.ingestion_runs r
    LEFT JOIN audit.ingestion_sheets s USING (run_id) LEFT JOIN audit.rejected_rows j USING (run_id)
    WHERE r.plant = 'writer' AND r.status = 'FAILED'
"""
"""Counts the writer's commits, each of which must be whole."""

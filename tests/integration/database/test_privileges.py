"""Each role has exactly its own privileges, whatever was granted before, and none through a partition."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2.errors
import pytest
import sqlalchemy as sa

from app.database.access.privileges import grant, unsettled
from app.database.providers import Server
from app.database.schema import SNAPSHOT_TABLES
from app.database.scratch import scratch_database
from tests.integration.database.conftest import Ready, catalogue, connected, execute, rows

GOOD = {
    "plant": "main",
    "sha256": "0" * 64,
    "name": "w.xlsx",
    "by": "key",
    "source": "UPLOAD",
    "file": f"{'0' * 32}/w.xlsx",
}
ASKED = "SELECT queue.request_ingestion('{plant}', '{sha256}', '{name}', '{by}', '{source}', '{file}', false, true)"
REFUSED_TO_API = (
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, '')",
    "SELECT pg_advisory_lock(1, 2)",
    "SELECT pg_try_advisory_xact_lock(1)",
    "SELECT * FROM core.employees",
    "SELECT name FROM core.employees",
    "SELECT e FROM core.employees AS e",
    "SELECT * FROM queue.request_turn",
    "UPDATE queue.request_turn SET is_turn = true",
    "LOCK TABLE queue.request_turn IN ACCESS SHARE MODE",
    "INSERT INTO audit.relationships VALUES (1, '', '', 0, 0, 0, 0, '[]')",
    "UPDATE audit.feature_gates SET status = 'ENABLED'",
    "UPDATE core.current_snapshot SET run_id = 1",
    "DELETE FROM core.snapshot_facts",
    "TRUNCATE audit.rejected_rows",
    "SELECT * FROM staging.employees",
    "SELECT nextval('audit.ingestion_runs_run_id_seq')",
    "CREATE TABLE core.spare (a integer)",
    "CREATE TABLE public.spare (a integer)",
    "CREATE SCHEMA spare",
    "CREATE FUNCTION core.spare() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "DROP TABLE core.current_snapshot",
    "ALTER TABLE core.work_orders DETACH PARTITION core.work_orders",
    "COMMENT ON COLUMN core.employees.name IS 'spare'",
    "UPDATE public.alembic_version SET version_num = 'spare'",
    "INSERT INTO queue.procrastinate_jobs (queue_name, task_name) VALUES ('ingestion', 'ingest')",
    "SELECT * FROM queue.procrastinate_jobs",
    "UPDATE audit.ingestion_requests SET ended_as = 'PUBLISHED'",
    "INSERT INTO audit.ingestion_requests SELECT * FROM audit.ingestion_requests",
    *(f"INSERT INTO core.{table} DEFAULT VALUES" for table in SNAPSHOT_TABLES),
    *(f"LOCK TABLE core.{table} IN ACCESS EXCLUSIVE MODE" for table in SNAPSHOT_TABLES),
)
REFUSED_TO_INGEST = (
    "DELETE FROM audit.ingestion_runs",
    "TRUNCATE audit.rejected_rows",
    "UPDATE audit.rejected_rows SET code = 'NULL_KEY'",
    "UPDATE audit.ingestion_sheets SET rows_rejected = 0",
    "DELETE FROM core.current_snapshot",
    "UPDATE core.snapshot_facts SET work_orders = 0",
    "INSERT INTO staging.phases (excel_row) VALUES (2)",
    "CREATE TABLE core.spare (a integer)",
    "CREATE SCHEMA spare",
    "ALTER TABLE core.work_orders ADD COLUMN spare integer",
    "CREATE TABLE core.phases_r7 PARTITION OF core.phases FOR VALUES IN (7)",
    "UPDATE public.alembic_version SET version_num = 'spare'",
    ASKED.format(**GOOD),
    "INSERT INTO audit.ingestion_requests SELECT * FROM audit.ingestion_requests",
    *(f"INSERT INTO core.{table} DEFAULT VALUES" for table in SNAPSHOT_TABLES),
    *(f"DROP TABLE core.{table}" for table in SNAPSHOT_TABLES),
)


def test_the_api_asks_for_an_ingestion_by_one_function_and_its_job_is_queued_with_it(ready: Ready) -> None:
    ((run_id,),) = rows(ready.url, ASKED.format(**GOOD), role=ready.roles.api)
    asked = rows(ready.url, "SELECT run_id, file, allow_shrink, ended_as FROM audit.ingestion_requests")
    assert asked == [(run_id, GOOD["file"], True, None)]
    jobs = rows(ready.url, "SELECT lock, status::text, args FROM queue.procrastinate_jobs", role=ready.roles.ingest)
    assert jobs == [("plant main", "todo", {"run_id": run_id})]


BAD = {
    "plant": ("", " ", "x" * 201, "a\nb"),
    "sha256": ("", "f", "G" * 64, "0" * 65),
    "name": ("", "x" * 256, "../w.xlsx", "a\tb"),
    "by": ("", "  ", "x" * 201, "a\rb"),
    "source": ("", "ELSEWHERE"),
    "file": ("", "/etc/passwd", "w.xlsx", f"{'0' * 32}/../w.xlsx", f"{'0' * 32}/{'x' * 1000}"),
}
OUTSIDE = ("..", "../w.xlsx", "2026/../../w.xlsx", "/srv/w.xlsx", "x" * 1001)


def test_the_door_checks_plant_sizes_and_who_asks(ready: Ready) -> None:
    calls = [GOOD | {name: value} for name, values in BAD.items() for value in values]
    calls += [GOOD | {"source": "FOLDER", "file": file} for file in OUTSIDE]
    passed = []
    with connected(ready.url, ready.roles.api) as connection:
        for call in calls:
            try:
                with connection.begin_nested():
                    connection.exec_driver_sql(ASKED.format(**call))
                passed.append(call)
            except sa.exc.DBAPIError as error:
                assert error.orig.pgcode in ("22023", "23514"), call  # type: ignore[union-attr]
    assert passed == []


def test_only_what_failed_is_requested_again_and_the_run_names_its_origin(ready: Ready) -> None:
    api, again = ready.roles.api, "SELECT queue.retry_ingestion({run_id}, 'key')"
    ((first,),) = rows(ready.url, ASKED.format(**GOOD), role=api)
    for ended_as in ("PUBLISHED", "NO_OP", "REFUSED"):
        execute(ready.url, f"UPDATE audit.ingestion_requests SET ended_as = '{ended_as}'")
        with pytest.raises(sa.exc.DBAPIError, match="has failed"):
            execute(ready.url, again.format(run_id=first), role=api)
    execute(ready.url, "UPDATE audit.ingestion_requests SET ended_as = 'FAILED'")
    ((second,),) = rows(ready.url, again.format(run_id=first), role=api)
    same = "SELECT retry_of, excel_sha256, file, allow_shrink FROM audit.ingestion_requests WHERE run_id = "
    assert rows(ready.url, f"{same}{second}") == [(first, GOOD["sha256"], GOOD["file"], True)]


def test_the_door_takes_turns_by_no_lock_that_the_api_could_hold(ready: Ready) -> None:
    """Any role that may connect may hold an advisory lock, but not one of the row that the door updates."""
    held = "SELECT locktype FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    with connected(ready.url, ready.roles.api) as connection:
        connection.exec_driver_sql(ASKED.format(**GOOD))
        assert connection.exec_driver_sql(held).all() == []


def test_the_door_bounds_what_waits_for_all_plants_together(ready: Ready) -> None:
    waiting = (
        "INSERT INTO audit.ingestion_requests (run_id, plant, excel_sha256, workbook_name, requested_by, source, file,"
        " force, allow_shrink) SELECT n, 'plant ' || n, '', '', '', 'UPLOAD', '', false, false"
        " FROM generate_series(1, 200) AS n"
    )
    execute(ready.url, waiting)
    with pytest.raises(sa.exc.OperationalError, match="two hundred"):
        execute(ready.url, ASKED.format(**GOOD), role=ready.roles.api)


@pytest.fixture(scope="module")
def untouched(server: Server, template: Ready) -> Iterator[Ready]:
    """A database at head for the statements that are refused, and so change nothing."""
    with scratch_database(server.url, template=template.url.database, prefix="schema") as url:
        yield Ready(url, template.roles)


def assert_refused(ready: Ready, role: str, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError) as refusal:
        execute(ready.url, statement, role=role)
    assert isinstance(refusal.value.orig, psycopg2.errors.InsufficientPrivilege)


@pytest.mark.parametrize("statement", REFUSED_TO_API)
def test_the_api_writes_and_changes_nothing(statement: str, untouched: Ready) -> None:
    assert_refused(untouched, untouched.roles.api, statement)


@pytest.mark.parametrize("statement", REFUSED_TO_INGEST)
def test_the_ingestion_by_itself_changes_no_schema_and_no_evidence(statement: str, untouched: Ready) -> None:
    assert_refused(untouched, untouched.roles.ingest, statement)


def test_the_ingestion_is_the_owner_only_where_it_says_so(ready: Ready) -> None:
    execute(
        ready.url,
        f'SET LOCAL ROLE "{ready.roles.owner}"',
        "CREATE TABLE core.phases_r7 PARTITION OF core.phases FOR VALUES IN (7)",
        role=ready.roles.ingest,
    )
    assert_refused(ready, ready.roles.ingest, "DROP TABLE core.phases_r7")


@pytest.mark.parametrize("role", ["api", "ingest"])
def test_both_read_every_parent_and_the_audit_but_for_names(role: str, ready: Ready) -> None:
    tables = [f"core.{table}" for table in SNAPSHOT_TABLES if (role, table) != ("api", "employees")]
    tables += ["core.current_snapshot", "core.snapshot_facts"]
    tables += [
        f"audit.{name}" for (name,) in rows(ready.url, "SELECT tablename FROM pg_tables WHERE schemaname='audit'")
    ]
    for table in (*tables, "public.alembic_version"):
        rows(ready.url, f"SELECT * FROM {table}", role=getattr(ready.roles, role))
    rows(ready.url, "SELECT run_id, employee_id, is_active FROM core.employees", role=getattr(ready.roles, role))


@pytest.mark.parametrize("role", ["api", "ingest"])
def test_no_partition_can_be_named(role: str, ready: Ready) -> None:
    made = "CREATE TABLE core.phases_r7 PARTITION OF core.phases FOR VALUES IN (7)"
    execute(ready.url, made, "INSERT INTO core.phases VALUES (7, 1, 'x', 1, true, true)", role=ready.roles.owner)
    assert rows(ready.url, "SELECT phase_id FROM core.phases WHERE run_id = 7", getattr(ready.roles, role)) == [(1,)]
    assert_refused(ready, getattr(ready.roles, role), "SELECT * FROM core.phases_r7")


EXCESS = (
    "GRANT INSERT ON core.phases TO {api}",
    "GRANT SELECT ON core.employees TO {api} WITH GRANT OPTION",
    "GRANT UPDATE (code) ON audit.rejected_rows TO {ingest}",
    "GRANT SELECT (name) ON core.employees TO {api}",
    "GRANT SELECT (is_active) ON core.employees TO {api} WITH GRANT OPTION",
    "REVOKE SELECT (is_active) ON core.employees FROM {api}",
    "GRANT SELECT ON staging.employees TO {api}",
    "GRANT USAGE ON SCHEMA staging TO {api}",
    "GRANT CREATE ON SCHEMA core TO {ingest}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA core TO PUBLIC",
    "GRANT USAGE ON SEQUENCE audit.ingestion_runs_run_id_seq TO {api}",
    "REVOKE SELECT ON core.phases FROM {api}",
    "REVOKE USAGE ON SCHEMA core FROM {api}, {ingest}",
    "REVOKE SELECT ON public.alembic_version FROM {api}",
)


@pytest.mark.parametrize("change", EXCESS)
def test_privileges_return_to_what_is_declared(change: str, ready: Ready) -> None:
    before = catalogue(ready.url)
    execute(ready.url, change.format(api=ready.roles.api, ingest=ready.roles.ingest), role=ready.roles.owner)
    assert catalogue(ready.url) != before
    with connected(ready.url, ready.roles.owner) as connection:
        assert grant(connection, ready.roles)
        assert unsettled(connection, ready.roles) == []
    assert catalogue(ready.url) == before


def test_granting_twice_executes_nothing(ready: Ready) -> None:
    with connected(ready.url, ready.roles.owner) as connection:
        assert grant(connection, ready.roles) == []


def test_grants_to_others_are_left_alone(ready: Ready) -> None:
    execute(ready.url, "GRANT SELECT ON core.phases TO pg_monitor", role=ready.roles.owner)
    with connected(ready.url, ready.roles.owner) as connection:
        assert unsettled(connection, ready.roles) == []

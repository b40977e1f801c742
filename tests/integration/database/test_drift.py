"""Drift: every kind of hand-made change is found, what runs bring is not one, and half-made runs are noticed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.database.engine import make_engine
from app.database.from_zero import Expected, drift
from app.database.schema import SNAPSHOT_TABLES
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.partitions import attach_partitions, create_partitions, index_partition
from tests.integration.database.conftest import Ready, connected, drifts, execute

TRIGGER_FUNCTION = "CREATE FUNCTION core.noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"

CHANGES = {
    "column added": "ALTER TABLE core.products ADD COLUMN spare integer",
    "column dropped": "ALTER TABLE core.products DROP COLUMN gelcoat_deck_kg",
    "column renamed": "ALTER TABLE core.products RENAME COLUMN name TO title",
    "type": "ALTER TABLE core.phases ALTER COLUMN sequence TYPE bigint",
    "nullability": "ALTER TABLE core.products ALTER COLUMN name DROP NOT NULL",
    "server default": "ALTER TABLE core.products ALTER COLUMN name SET DEFAULT 'x'",
    "server default dropped": "ALTER TABLE audit.ingestion_runs ALTER COLUMN started_at DROP DEFAULT",
    "identity": "ALTER TABLE audit.ingestion_runs ALTER COLUMN run_id SET GENERATED ALWAYS",
    "collation": 'ALTER TABLE core.products ALTER COLUMN name TYPE text COLLATE "POSIX"',
    "check dropped": "ALTER TABLE core.quality_errors DROP CONSTRAINT ck_quality_errors_severity",
    "check added": "ALTER TABLE audit.rejected_rows ADD CHECK (excel_row > 0)",
    "check not valid": "ALTER TABLE audit.rejected_rows ADD CONSTRAINT spare CHECK (excel_row > 0) NOT VALID",
    "foreign key dropped": "ALTER TABLE audit.feature_gates DROP CONSTRAINT fk_feature_gates_run",
    "foreign key cascades": "ALTER TABLE audit.feature_gates DROP CONSTRAINT fk_feature_gates_run, ADD CONSTRAINT"
    " fk_feature_gates_run FOREIGN KEY (run_id) REFERENCES audit.ingestion_runs ON DELETE CASCADE",
    "key dropped": "ALTER TABLE core.skills DROP CONSTRAINT pk_skills",
    "index dropped": "DROP INDEX core.ix_work_orders_open",
    "index added": "CREATE INDEX spare ON core.products (run_id, name)",
    "index predicate": "DROP INDEX core.ix_work_orders_open; CREATE INDEX ix_work_orders_open"
    " ON core.work_orders (run_id, work_order_id) WHERE completed_at IS NOT NULL",
    "table comment": "COMMENT ON TABLE core.products IS 'other'",
    "column comment": "COMMENT ON COLUMN core.products.finished_weight_kg IS 'Weight. Unit: lb.'",
    "table dropped": "DROP TABLE staging.products",
    "table added": "CREATE TABLE core.spare (a integer)",
    "table in public": "CREATE TABLE public.spare (a integer)",
    "schema added": "CREATE SCHEMA spare",
    "table named like a run's": "CREATE TABLE core.products_r7 (a integer)",
    "run's name without a parent": "CREATE TABLE core.spare_r7 (a integer)",
    "default partition": "CREATE TABLE core.products_rest PARTITION OF core.products DEFAULT",
    "partition of another run": "CREATE TABLE core.products_r7 PARTITION OF core.products FOR VALUES IN (8)",
    "partition of two runs": "CREATE TABLE core.products_r7 PARTITION OF core.products FOR VALUES IN (7, 8)",
    "partition key": "DROP TABLE core.skills; CREATE TABLE core.skills (run_id bigint NOT NULL, employee_id bigint"
    " NOT NULL, phase_id bigint NOT NULL, qualified_at timestamp, CONSTRAINT pk_skills PRIMARY KEY"
    " (run_id, employee_id, phase_id)) PARTITION BY RANGE (run_id)",
    "trigger": f"{TRIGGER_FUNCTION}; CREATE TRIGGER spare AFTER INSERT ON core.products EXECUTE FUNCTION core.noop()",
    "function": TRIGGER_FUNCTION,
    "rule": "CREATE RULE spare AS ON INSERT TO core.snapshot_facts DO INSTEAD NOTHING",
    "policy": "CREATE POLICY spare ON core.snapshot_facts USING (true)",
    "row security": "ALTER TABLE core.snapshot_facts ENABLE ROW LEVEL SECURITY",
    "view": "CREATE VIEW core.spare AS SELECT 1 AS a",
    "type added": "CREATE TYPE core.spare AS ENUM ('a')",
    "logged staging": "ALTER TABLE staging.products SET LOGGED",
    "storage option": "ALTER TABLE staging.products SET (autovacuum_enabled = off)",
    "sequence step": "ALTER TABLE audit.ingestion_runs ALTER COLUMN run_id SET INCREMENT BY 2",
    "schema comment": "COMMENT ON SCHEMA core IS 'other'",
    "index comment": "COMMENT ON INDEX core.ix_work_orders_open IS 'other'",
    "constraint comment": "COMMENT ON CONSTRAINT pk_skills ON core.skills IS 'other'",
    "sequence added": "CREATE SEQUENCE core.spare",
    "sequence released": "ALTER TABLE audit.ingestion_runs ALTER COLUMN run_id DROP IDENTITY",
    "domain": "CREATE DOMAIN core.spare AS integer",
    "composite type": "CREATE TYPE core.spare AS (a integer)",
    "extension": "CREATE EXTENSION pg_trgm SCHEMA core",
    "event trigger": "CREATE FUNCTION core.noop() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
    " CREATE EVENT TRIGGER spare ON ddl_command_end EXECUTE FUNCTION core.noop(); ALTER EVENT TRIGGER spare DISABLE",
    "trigger switched off": "ALTER TABLE audit.feature_gates DISABLE TRIGGER ALL",
    "statistics target": "ALTER TABLE core.products ALTER COLUMN name SET (n_distinct = 5)",
    "table granted": "GRANT DELETE ON core.snapshot_facts TO {api}",
    "column granted": "GRANT UPDATE (name) ON core.products TO {ingest}",
    "granted to everybody": "GRANT SELECT ON audit.rejected_rows TO PUBLIC",
    "grant option": "GRANT SELECT ON core.products TO {api} WITH GRANT OPTION",
    "granted to a stranger": "GRANT SELECT ON core.products TO pg_monitor",
    "grant lost": "REVOKE SELECT ON core.products FROM {api}",
    "schema granted": "GRANT CREATE ON SCHEMA core TO {ingest}",
    "sequence granted": "GRANT USAGE ON SEQUENCE audit.ingestion_runs_run_id_seq TO {api}",
    "version table granted": "GRANT UPDATE ON public.alembic_version TO {api}",
    "default privileges": "ALTER DEFAULT PRIVILEGES IN SCHEMA core GRANT SELECT ON TABLES TO {api}",
    "table owner": "ALTER TABLE core.products OWNER TO CURRENT_USER",
    "schema owner": "ALTER SCHEMA core OWNER TO CURRENT_USER",
    "statistics object": "CREATE STATISTICS core.spare ON product_id, phase_id FROM core.standard_routes",
}


def test_a_database_as_bootstrap_makes_it_has_none(ready: Ready, at_head: Expected) -> None:
    assert drift(ready.url, at_head) == []


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_by_hand_is_drift(change: str, ready: Ready, at_head: Expected) -> None:
    execute(ready.url, change.format(api=ready.roles.api, ingest=ready.roles.ingest))
    assert drifts(ready.url, at_head)


def published(ready: Ready, run_id: int) -> RunTables:
    """A run's partitions, empty, made by the code that ingestion makes them with."""
    tables = RunTables(run_id)
    record = "INSERT INTO audit.ingestion_runs (run_id, plant, excel_sha256, workbook_name, status, requested_by,"
    execute(ready.url, f"{record} backend_pid) VALUES ({run_id}, 'main', '', '', 'PUBLISHED', 'test', 1)")
    with connected(ready.url, ready.roles.ingest) as connection:
        create_partitions(connection, tables, ready.roles)
        for table in SNAPSHOT_TABLES:
            index_partition(connection, table, tables, ready.roles)
        attach_partitions(connection, tables, ready.roles)
    return tables


def test_runs_partitions_are_no_drift(ready: Ready, at_head: Expected) -> None:
    published(ready, 7)
    published(ready, 123456789)
    assert drift(ready.url, at_head) == []


HALF_MADE = {
    "partition missing": ("DROP TABLE core.skills_r7", "run 7 has no partition of core's skills"),
    "detached": ("ALTER TABLE core.skills DETACH PARTITION core.skills_r7", "core.skills_r7: loose"),
    "staging left": ("CREATE UNLOGGED TABLE staging.skills_r7 (LIKE staging.skills)", "staging.skills_r7: loose"),
    "granted": ("GRANT SELECT ON core.skills_r7 TO PUBLIC", "core.skills_r7: is open to everybody"),
    "index of its own": ("CREATE INDEX spare ON core.skills_r7 (phase_id)", "core.skills_r7: has an index of its own"),
    "owner": ("ALTER TABLE core.skills_r7 OWNER TO CURRENT_USER", "core.skills_r7: belongs to"),
    "trigger": (
        f"{TRIGGER_FUNCTION}; CREATE TRIGGER spare AFTER INSERT ON core.skills_r7 EXECUTE FUNCTION core.noop()",
        "core.skills_r7: has a trigger of its own: spare",
    ),
}


@pytest.mark.parametrize(("change", "line"), HALF_MADE.values(), ids=HALF_MADE.keys())
def test_a_run_that_is_not_whole_is_noticed(change: str, line: str, ready: Ready, at_head: Expected) -> None:
    published(ready, 7)
    execute(ready.url, change)
    assert any(found.startswith(line) for found in drift(ready.url, at_head))


def test_a_loose_table_of_no_recorded_run_is_drift(ready: Ready, at_head: Expected) -> None:
    execute(ready.url, "CREATE TABLE core.skills_r7 (LIKE core.skills)")
    assert "core.skills_r7: appeared" in drift(ready.url, at_head)


def test_a_half_detached_partition_is_noticed(ready: Ready, at_head: Expected) -> None:
    published(ready, 7)
    engine = make_engine(ready.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with connected(ready.url) as reader, engine.connect() as detaching:
        reader.exec_driver_sql("SELECT * FROM core.skills")
        detaching.exec_driver_sql("SET lock_timeout = '100ms'")
        with pytest.raises(sa.exc.OperationalError):
            detaching.exec_driver_sql("ALTER TABLE core.skills DETACH PARTITION core.skills_r7 CONCURRENTLY")
    found = drift(ready.url, at_head)
    assert found == ["core.skills_r7: pending, part of no whole snapshot", "run 7 has no partition of core's skills"]

"""Rows to put into the schema as each revision leaves it, into every table, to be found again at head (check B6)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

SHA = "0" * 64
RUN = 1
"""The first number that a new database gives."""

Held = dict[str, tuple[tuple[str, ...], list[tuple[object, ...]]]]
"""{table: (its columns at the time, its rows)}; of a partitioned table through the parent."""


@dataclass(frozen=True)
class Seed:
    """Rows that first fit at `revision`, and the statements that write them."""

    revision: str
    statements: tuple[str, ...]


def into(table: str, *values: object) -> tuple[str, str]:
    """A row of run RUN into a table of core, in the partition that is made for it."""
    written = ", ".join("NULL" if value is None else repr(value) for value in values)
    return (
        f"CREATE TABLE core.{table}_r{RUN} PARTITION OF core.{table} FOR VALUES IN ({RUN})",
        f"INSERT INTO core.{table} SELECT {RUN}, {written}",
    )


def run_of(plant: str) -> str:
    return (
        "INSERT INTO audit.ingestion_runs (plant, excel_sha256, workbook_name, status, requested_by, backend_pid)"
        f" VALUES ('{plant}', '{SHA}', 'seed.xlsx', 'PUBLISHED', 'B6', 1)"
    )


DAY, LATER = "2025-01-01 07:30:00", "2025-01-09 16:00:00"
SEEDS = (
    Seed(
        "0001",
        (
            run_of("seed"),
            f"INSERT INTO audit.ingestion_sheets SELECT {RUN}, 'Fases', 3, 3, 2, 1, 2, 0, 0, 0, '{{\"NULL_KEY\": 1}}'",
            f"INSERT INTO audit.rejected_rows SELECT {RUN}, 'Fases', 4, 'NULL_KEY', 'seeded', '{{\"A\": 1}}'",
            f"INSERT INTO audit.relationships SELECT {RUN}, 'A → B', 'Fases', 9, 8, 7, 6, '[\"orphan\"]'",
            f"INSERT INTO audit.feature_gates SELECT {RUN}, 'gate', 'DEGRADED', 'A → B', 'rows', 8, 9, 0.875",
            f"INSERT INTO audit.data_quality_issues SELECT {RUN}, 'Fases', 'ODD', 5, 'seeded'",
        ),
    ),
    Seed(
        "0002",
        (
            *into("work_orders", 10, DAY, LATER, 20, 7, None),
            *into("order_phases", 30, 10, DAY, None, "2025-01-05", 1.5, 0.25, 7, 12.5, True, 2, 1),
            *into("phase_assignments", 30, 40, True),
            *into("quality_errors", "risco", 10, 7, 3, 30, None, "c4ca4238-a0b9-2382-0dcc-509a6f75849b", 1),
            *into("employees", 40, "seed", True),
            *into("skills", 40, 7, DAY),
            *into("phases", 7, "seed", 70, True, False),
            *into("products", 20, "seed", 11.5, 10.5, 1.25, 2.25),
            *into("standard_routes", 20, 7, 1, 1.5, 0.25),
            f"INSERT INTO core.current_snapshot SELECT 'seed', {RUN}, '2025-01-01'",
            f"INSERT INTO core.snapshot_facts SELECT {RUN}, '{LATER}', 1, 0, 1, 1, 1, 1",
        ),
    ),
    Seed(
        "0003",
        tuple(
            f'INSERT INTO staging.{table} (excel_row, raw_cells) VALUES (2, \'{{"A": "seed"}}\')'
            for table in (
                *("work_orders", "order_phases", "phase_assignments", "quality_errors", "employees"),
                *("skills", "phases", "products", "standard_routes"),
            )
        ),
    ),
    Seed(
        "0004",
        (
            run_of("seed 4"),
            f"INSERT INTO audit.ingestion_sheets SELECT run_id, 'Fases', 0, 0, 0, 0, 0, 0, 0, 0, '{{}}', '{SHA}'"
            " FROM audit.ingestion_runs WHERE plant = 'seed 4'",
        ),
    ),
    Seed("0005", ()),
    Seed("0006", ()),
    Seed(
        "0007",
        (
            f"SELECT queue.request_ingestion('seed', '{SHA}', 'seed.xlsx', 'B6', 'UPLOAD', 'seed', false, true)",
            "INSERT INTO queue.procrastinate_workers DEFAULT VALUES",
            "INSERT INTO queue.procrastinate_periodic_defers (task_name, defer_timestamp) VALUES ('seed', 1)",
        ),
    ),
    Seed(
        "0008",
        (
            f"SELECT queue.request_ingestion('seed 8', '{SHA}', 'seed.xlsx', 'B6', 'UPLOAD', 'seed', false, true,"
            " true, false, true)",
        ),
    ),
    Seed(
        "0009",
        (
            f"SELECT queue.request_ingestion('seed 9', '{SHA}', 'seed.xlsx', 'B6', 'UPLOAD', '{SHA[:32]}/seed.xlsx',"
            " false, true)",
        ),
    ),
    Seed(
        "0010",
        ("SELECT queue.retry_ingestion(run_id, 'B6') FROM audit.ingestion_requests WHERE plant = 'seed 9'",),
    ),
    Seed("0011", ()),
    Seed("0012", (f"INSERT INTO core.open_orders SELECT {RUN}, 10, 'STALE', NULL",)),
    Seed(
        "0013",
        (
            f"SELECT queue.request_ingestion('seed 13', '{SHA}', 'seed.xlsx', 'B6', 'UPLOAD', '{SHA[:32]}/seed.xlsx',"
            " false, true, true, false, true, true)",
        ),
    ),
    Seed("0014", ()),
    Seed(
        "0015",
        (f"INSERT INTO core.remaining_flows SELECT {RUN}, 'ANY', 0, 1, 2, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0",),
    ),
    Seed(
        "0016",
        (
            "INSERT INTO audit.what_if_scenarios (plant, name, note, kept_by, run_id, scenario, outcomes)"
            f" VALUES ('seed', 'seeded', NULL, 'B6', {RUN}, '{{\"rule\": \"EDD\"}}', '{{}}')",
        ),
    ),
    Seed("0017", ()),
    Seed("0018", ("INSERT INTO audit.alert_marks VALUES ('seed', '{}')",)),
    Seed("0019", ()),
    Seed(
        "0020",
        ("INSERT INTO audit.plant_operations (plant, operation, requested_by) VALUES ('seed', 'EXPORT', 'B6')",),
    ),
    Seed("0021", ()),
    Seed("0022", ()),
    Seed(
        "0023",
        ("INSERT INTO audit.plant_operations (plant, operation, requested_by) VALUES ('seed', 'REMOVAL', 'B6')",),
    ),
    Seed("0024", ()),
    Seed("0025", ("INSERT INTO audit.worker_beats VALUES ('seed', '2025-01-01')",)),
    Seed("0026", ()),
)
"""Rows of each revision's new tables.

0005, 0006, 0011, 0012, 0014, 0015, 0019, 0022 and 0026 compute the figures of existing snapshots themselves. The seeded
run has no open order, so 0012 is given one, and 0015 a point.
"""

TABLES = sa.text("""
    SELECT format('%I.%I', n.nspname, c.relname), array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relname <> 'alembic_version'
    GROUP BY 1 ORDER BY 1
""")


def plant(connection: sa.Connection, seed: Seed) -> Held:
    """Write a seed's rows; returns all that the database holds then."""
    for statement in seed.statements:
        connection.exec_driver_sql(statement)
    return {
        table: (tuple(columns), rows_of(connection, table, tuple(columns)))
        for table, columns in connection.execute(TABLES).all()
    }


def lost(connection: sa.Connection, planted: Held) -> list[str]:
    """One line for each planted row that is not there unchanged; other rows and columns may have come."""
    found = []
    for table, (columns, rows) in planted.items():
        there = rows_of(connection, table, columns)
        found += [f"{table} lost {row}" for row in rows if row not in there]
    return found


def rows_of(connection: sa.Connection, table: str, columns: tuple[str, ...]) -> list[tuple[object, ...]]:
    """The rows as text, so that a change of a type that keeps the value is none."""
    listed = ", ".join(f'"{column}"::text' for column in columns)
    return [tuple(row) for row in connection.exec_driver_sql(f"SELECT {listed} FROM {table} ORDER BY {listed}")]

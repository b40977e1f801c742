"""Rows to put into the schema as each revision leaves it, and how to find them again at head (check B6)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

SHA = "0" * 64


@dataclass(frozen=True)
class Seed:
    """Rows that first fit at `revision`: how to write them and a query that must give the same rows at head."""

    revision: str
    statements: tuple[str, ...]
    query: str


SEEDS = (
    Seed(
        "0001",
        (
            "INSERT INTO audit.ingestion_runs (plant, excel_sha256, workbook_name, status, requested_by, backend_pid)"
            f" VALUES ('seed', '{SHA}', 'seed.xlsx', 'PUBLISHED', 'B6', 1)",
            "INSERT INTO audit.ingestion_sheets SELECT run_id, 'Fases', 3, 3, 2, 1, 2, 0, 0, 0,"
            " '{\"DUPLICATE_ROW\": 1}' FROM audit.ingestion_runs WHERE plant = 'seed'",
            "INSERT INTO audit.rejected_rows SELECT run_id, 'Fases', 4, 'DUPLICATE_ROW', 'seeded', '{}'"
            " FROM audit.ingestion_runs WHERE plant = 'seed'",
        ),
        "SELECT r.plant, r.excel_sha256, s.rows_merged, s.rejects_by_reason::text, j.excel_row, j.code"
        " FROM audit.ingestion_runs r JOIN audit.ingestion_sheets s USING (run_id)"
        " JOIN audit.rejected_rows j USING (run_id) WHERE r.plant = 'seed'",
    ),
    Seed(
        "0002",
        (
            "CREATE TABLE core.phases_r1 PARTITION OF core.phases FOR VALUES IN (1)",
            "INSERT INTO core.phases SELECT 1, 7, 'seed', 70, true, false",
            "INSERT INTO core.current_snapshot SELECT 'seed', min(run_id), '2025-01-01' FROM audit.ingestion_runs",
        ),
        "SELECT p.run_id, p.phase_id, p.name, p.sequence, s.plant, s.published_at::text"
        " FROM core.phases p CROSS JOIN core.current_snapshot s WHERE p.name = 'seed' AND s.plant = 'seed'",
    ),
    Seed(
        "0003",
        ("INSERT INTO staging.phases (excel_row, phase_id, name) VALUES (2, 7, 'seed')",),
        "SELECT excel_row, phase_id, name FROM staging.phases WHERE name = 'seed'",
    ),
    Seed(
        "0004",
        (
            "INSERT INTO audit.ingestion_runs (plant, excel_sha256, workbook_name, status, requested_by, backend_pid)"
            f" VALUES ('seed 4', '{SHA}', 'seed.xlsx', 'PUBLISHED', 'B6', 1)",
            f"INSERT INTO audit.ingestion_sheets SELECT run_id, 'Fases', 0, 0, 0, 0, 0, 0, 0, 0, '{{}}', '{SHA}'"
            " FROM audit.ingestion_runs WHERE plant = 'seed 4'",
        ),
        "SELECT s.sheet, s.sheet_sha256 FROM audit.ingestion_sheets s JOIN audit.ingestion_runs r USING (run_id)"
        " WHERE r.plant = 'seed 4'",
    ),
    Seed(
        "0005",
        (
            "CREATE TABLE core.phase_errors_r1 PARTITION OF core.phase_errors FOR VALUES IN (1)",
            "INSERT INTO core.phase_errors VALUES (1, 'CULPRIT', 7, 3, 5)",
        ),
        "SELECT run_id, role, phase_id, severity, errors FROM core.phase_errors",
    ),
    Seed(
        "0006",
        (
            "CREATE TABLE core.phase_rates_r1 PARTITION OF core.phase_rates FOR VALUES IN (1)",
            "INSERT INTO core.phase_rates VALUES (1, 7, 5, 2, 30, 12.5, 4, 5400, 1.5)",
        ),
        "SELECT run_id, phase_id, finished_phases, flow_mean_hours, duration_median_s FROM core.phase_rates",
    ),
    Seed(
        "0007",
        (f"SELECT queue.request_ingestion('seed', '{SHA}', 'seed.xlsx', 'B6', 'UPLOAD', 'seed', false, true)",),
        "SELECT r.plant, r.allow_shrink, j.args->>'run_id' = r.run_id::text, j.status::text"
        " FROM audit.ingestion_requests r JOIN queue.procrastinate_jobs j ON j.lock = 'plant ' || r.plant",
    ),
)


def plant(connection: sa.Connection, seed: Seed) -> list[tuple[object, ...]]:
    """Write a seed's rows; returns what its query gives."""
    for statement in seed.statements:
        connection.exec_driver_sql(statement)
    return harvest(connection, seed)


def harvest(connection: sa.Connection, seed: Seed) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(seed.query)]

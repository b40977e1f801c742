"""The statements that distribute a database, in their order, and which of them were done before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEET_BY_NAME
from app.database.access.roles import Roles
from app.database.run_tables import run_tables
from app.database.schema import alerts, metadata, plant_operations, worker_beats
from app.database.schema.audit import ingestion_runs
from app.database.scratch import quoted
from app.ingestion.errors import IngestionError
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.order import REFERENCED_FIRST
from app.ingestion.tables.partitions import reference_name, reference_statement

SCHEMAS = ("core", "audit")
LEFT_OUT = (plant_operations.plant_operations, alerts.alert_marks, worker_beats.worker_beats)
"""Tables that stay on the coordinator: no question about the data needs them, and they are written there."""
ANCHOR = f"{ingestion_runs.schema}.{ingestion_runs.name}"
"""The first table; all others join its group."""
UNPROPAGATED = ("citus.enable_create_role_propagation", "citus.enable_alter_role_propagation")
"""Settings to switch off: by them Citus copies roles to the nodes as they are here, without LOGIN, which they need."""

SETTINGS = sa.text("""
    SELECT split_part(setting, '=', 1)
      FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase AND s.setrole = 0
     CROSS JOIN unnest(s.setconfig) AS setting WHERE d.datname = current_database() AND setting LIKE '%=off'
""")
DISTRIBUTED = sa.text("SELECT CAST(logicalrelid AS text) FROM pg_dist_partition")
REFERENCES = sa.text("SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'core'::regnamespace")
LEAVING = sa.text("""
    SELECT CAST(k.conrelid AS regclass) || ' (' || k.conname || ')' FROM pg_constraint AS k
      JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_class AS r ON r.oid = k.confrelid JOIN pg_namespace AS m ON m.oid = r.relnamespace
     WHERE k.contype = 'f' AND (n.nspname = ANY(:schemas)) <> (m.nspname = ANY(:schemas)) ORDER BY 1
""")
ROLE = """
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE "{name}" NOINHERIT; END IF;
    ALTER ROLE "{name}" LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;"""


class DistributionRefused(IngestionError):
    """A plant's database cannot be distributed, or a step of it was refused; the message says what to do."""

    code = "DISTRIBUTION_REFUSED"


@dataclass(frozen=True, slots=True)
class DistributionStep:
    """One statement. as_owner: it is run as the owner's role."""

    sql: str
    as_owner: bool
    is_done: bool


def steps(connection: sa.Connection, roles: Roles) -> Iterator[DistributionStep]:
    """All steps in their order. Raises DistributionRefused for a foreign key that leaves the group."""
    leaving = list(connection.execute(LEAVING, {"schemas": list(SCHEMAS)}).scalars())
    if leaving:
        raise DistributionRefused(
            f"Foreign keys lead out of the schemas {' and '.join(SCHEMAS)}, or into them: {', '.join(leaving)}. "
            "Drop them, and run it again."
        )
    database = connection.execute(sa.text("SELECT current_database()")).scalar_one()
    off = set(connection.execute(SETTINGS).scalars())
    for name in UNPROPAGATED:
        yield DistributionStep(f"ALTER DATABASE {quoted(database)} SET {name} = off", False, name in off)
    yield DistributionStep(roles_on_nodes(roles), False, False)
    distributed = set(connection.execute(DISTRIBUTED).scalars())
    references = list(_references(connection))
    for table, name, _ in references:
        is_left = f"core.{table}" in distributed
        yield DistributionStep(f"ALTER TABLE core.{table} DROP CONSTRAINT IF EXISTS {name}", True, is_left)
    for name in tables():
        group = "none" if name == ANCHOR else ANCHOR
        sql = f"SELECT create_distributed_table('{name}', NULL, colocate_with => '{group}')"
        yield DistributionStep(sql, True, name in distributed)
    there = set(connection.execute(REFERENCES).scalars())
    for table, name, statement in references:
        yield DistributionStep(statement, True, name in there and f"core.{table}" in distributed)


def tables() -> list[str]:
    """The tables of the group, each after those that it refers to."""
    own = [table for table in metadata.sorted_tables if table.schema in SCHEMAS and table not in LEFT_OUT]
    names = [f"{table.schema}.{table.name}" for table in own if table.name not in REFERENCED_FIRST]
    return [ANCHOR, *(name for name in names if name != ANCHOR), *(f"core.{table}" for table in REFERENCED_FIRST)]


def roles_on_nodes(roles: Roles) -> str:
    """SQL that makes the roles on every other node, where the coordinator logs in as each of them."""
    body = "".join(ROLE.format(name=name) for name in roles.all)
    grant = f'GRANT "{roles.owner}" TO "{roles.ingest}";'
    block = f"DO $roles$ BEGIN{body}\n    {grant}\nEND $roles$"
    return f"SELECT nodename, nodeport, success, result FROM run_command_on_workers($node$ {block} $node$)"


def _references(connection: sa.Connection) -> Iterator[tuple[str, str, str]]:
    """Table, name and statement of each foreign key between two partitions of a run."""
    for run in sorted({one.run_id for one in run_tables(connection) if one.schema == "core"}):
        for relationship in RELATIONSHIPS:
            if relationship.enforced:
                named = RunTables(run)
                table = named.partition(SHEET_BY_NAME[relationship.from_sheet]).removeprefix("core.")
                yield table, reference_name(relationship, named), reference_statement(relationship, named)

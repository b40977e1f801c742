"""Privileges of each role on each object, as data, and the statements that establish them."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.access.objects import OBJECTS, bound, names_of
from app.database.access.roles import Roles
from app.database.schema import SCHEMAS, SNAPSHOT_TABLES, metadata, queue, staging
from app.database.schema.core import PERSONAL

Privileges = dict[tuple[str, str, str], frozenset[str]]
"""{(SCHEMA, TABLE, SEQUENCE, ROUTINE or TYPE, quoted name, role): privileges}; what is absent is none. A privilege on
one column of a table is written as GRANT takes it: SELECT (column)."""

PUBLIC = "public"
"""The name by which PostgreSQL grants to all roles; none of our objects is granted to it."""

EVERY = ".*"
"""Suffix wildcard of a name in `wanted`: all objects of that kind in the schema."""

HELD = sa.text(f"""
    WITH {OBJECTS}, entries AS (
        SELECT kind, name, '' AS of_column, (aclexplode(acl)).* FROM objects
        UNION ALL
        SELECT kind, name, format(' (%I)', a.attname), (aclexplode(a.attacl)).*
        FROM objects o JOIN pg_attribute a ON a.attrelid = o.oid WHERE o.kind = 'TABLE' AND a.attacl IS NOT NULL
    )
    SELECT e.kind, e.name, coalesce(g.rolname, 'public') AS grantee,
           array_agg(e.privilege_type || of_column || CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
               AS privileges
    FROM entries e LEFT JOIN pg_roles g ON g.oid = e.grantee
    WHERE e.grantee = 0 OR g.rolname = ANY(:names)
    GROUP BY 1, 2, 3
""")


def wanted(roles: Roles) -> Privileges:
    """The least privileges: the API reads core's parent tables and audit, and keeps scenarios; the ingestion reads all
    and adds rows."""
    read, add = frozenset({"SELECT"}), frozenset({"SELECT", "INSERT"})
    given: Privileges = {("SCHEMA", schema, roles.ingest): frozenset({"USAGE"}) for schema in SCHEMAS}
    given |= {("SCHEMA", schema, roles.api): frozenset({"USAGE"}) for schema in ("core", "audit", queue.SCHEMA)}
    # Only core's parent tables: a run's partitions are not granted, so that no query can name one.
    for table in SNAPSHOT_TABLES:
        given["TABLE", f"core.{table}", roles.api] = readable(table)
        given["TABLE", f"core.{table}", roles.ingest] = read
    for template in staging.TEMPLATES:
        given["TABLE", f"staging.{template.name}", roles.ingest] = read
    # The rows of a run that never became live are removed again, so the ingestion may delete here.
    by_ingestion = {
        "core.current_snapshot": add | {"UPDATE"},
        "core.snapshot_facts": add | {"DELETE"},
        "audit.ingestion_runs": add | {"UPDATE"},
        "audit.ingestion_sheets": add | {"DELETE"},
        "audit.rejected_rows": add | {"DELETE"},
        "audit.relationships": add | {"DELETE"},
        "audit.feature_gates": add | {"DELETE"},
        "audit.published_figures": add,
        "audit.data_quality_issues": add | {"DELETE"},
        "audit.ingestion_requests": read | {"UPDATE"},
        "public.alembic_version": read,
    }
    for table, privileges in by_ingestion.items():
        given["TABLE", table, roles.ingest] = privileges
        given["TABLE", table, roles.api] = read
    given["TABLE", "audit.alert_marks", roles.ingest] = add | {"UPDATE"}
    given["TABLE", "audit.alert_marks", roles.api] = read
    given["TABLE", "audit.worker_beats", roles.ingest] = add | {"UPDATE"}
    given["TABLE", "audit.worker_beats", roles.api] = read
    given["TABLE", "audit.plant_operations", roles.ingest] = add | {"UPDATE"}
    given["TABLE", "audit.plant_operations", roles.api] = read
    given["TABLE", "audit.what_if_scenarios", roles.ingest] = read
    given["TABLE", "audit.what_if_scenarios", roles.api] = add | {"DELETE"}
    return given | _of_queue(roles)


def _of_queue(roles: Roles) -> Privileges:
    """The worker is a client of the queue; the API may only call the functions that queue an ingestion, the worker
    may not."""
    everything = f"{queue.SCHEMA}{EVERY}"
    given: Privileges = {("TABLE", everything, roles.ingest): frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})}
    given["SEQUENCE", everything, roles.ingest] = given["TYPE", everything, roles.ingest] = frozenset({"USAGE"})
    given["ROUTINE", everything, roles.ingest] = frozenset({"EXECUTE"})
    given["TABLE", f"{queue.SCHEMA}.request_turn", roles.ingest] = frozenset()
    for function in (queue.REQUEST, *queue.REQUESTS_OF_BEFORE, queue.RETRY):
        given["ROUTINE", function, roles.api] = frozenset({"EXECUTE"})
        given["ROUTINE", function, roles.ingest] = frozenset()
    return given


def readable(table: str) -> frozenset[str]:
    """The API's privileges on a table of core: all columns but those with people's names."""
    columns = metadata.tables[f"core.{table}"].columns
    if not any(column.info.get(PERSONAL) for column in columns):
        return frozenset({"SELECT"})
    return frozenset(f"SELECT ({column.name})" for column in columns if not column.info.get(PERSONAL))


def held(connection: sa.Connection, roles: Roles) -> Privileges:
    """The current privileges of the ingestion's role, the API's and PUBLIC in the schemas; of a column: SELECT (its
    name)."""
    found = connection.execute(HELD, {"names": [roles.ingest, roles.api], **bound()})
    return {(kind, name, grantee): frozenset(privileges) for kind, name, grantee, privileges in found}


def unsettled(connection: sa.Connection, roles: Roles) -> list[str]:
    """The statements that would make `held` equal to `wanted`; empty when it is."""
    should, now = _expanded(wanted(roles), names_of(connection)), held(connection, roles)
    statements = []
    for kind, name, grantee in sorted(should.keys() | now.keys()):
        target, key = grantee if grantee == PUBLIC else f'"{grantee}"', (kind, name, grantee)
        due, given = should.get(key, frozenset()), now.get(key, frozenset())
        if given - due:
            statements.append(f"REVOKE ALL ON {kind} {name} FROM {target}")
            given = frozenset()
        if due - given:
            statements.append(f"GRANT {', '.join(sorted(due - given))} ON {kind} {name} TO {target}")
    return statements


def _expanded(given: Privileges, there: list[tuple[str, str, str]]) -> Privileges:
    """Replace each wildcard by the objects that it stands for; an explicit name has precedence."""
    expanded = {
        (kind, name, role): privileges
        for (kind, pattern, role), privileges in given.items()
        if pattern.endswith(EVERY)
        for of_kind, schema, name in there
        if (of_kind, schema) == (kind, pattern.removesuffix(EVERY))
    }
    return expanded | {key: privileges for key, privileges in given.items() if not key[1].endswith(EVERY)}


def grant(connection: sa.Connection, roles: Roles) -> list[str]:
    """Establish the wanted privileges, as the owner or a superuser. Returns the executed statements."""
    statements = unsettled(connection, roles)
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%"))
    return statements

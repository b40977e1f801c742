"""What each role may do with each object, as data; and the statements that lead there from what it may do now."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.roles import Roles
from app.database.schema import SCHEMAS, SNAPSHOT_TABLES, queue, staging

Privileges = dict[tuple[str, str, str], frozenset[str]]
"""{(SCHEMA, TABLE, SEQUENCE or FUNCTION, quoted name, role): privileges}; what is absent is none."""

PUBLIC = "public"
"""Every role of the server; nothing of ours is granted to it."""

HELD = sa.text("""
    WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY(:schemas)),
    relations AS (
        SELECT c.oid, c.relowner, c.relkind, c.relacl, format('%I.%I', n.nspname, c.relname) AS name
        FROM pg_class c JOIN ours n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL
        SELECT c.oid, c.relowner, c.relkind, c.relacl, 'public.alembic_version' FROM pg_class c
        WHERE c.oid = to_regclass('public.alembic_version')
    ), entries AS (
        SELECT 'SCHEMA' AS kind, quote_ident(n.nspname) AS name, (aclexplode(n.nspacl)).*
        FROM pg_namespace n WHERE n.nspname = ANY(:schemas)
        UNION ALL
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, name, (aclexplode(relacl)).* FROM relations
        UNION ALL
        SELECT 'TABLE', r.name, (aclexplode(a.attacl)).*
        FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid WHERE a.attacl IS NOT NULL
        UNION ALL
        -- Every function may be called by everybody unless somebody says otherwise; only those that act as their owner
        -- are a door that must be shut.
        SELECT 'FUNCTION', replace(CAST(p.oid AS regprocedure)::text, ', ', ','),
               (aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))).*
        FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace WHERE p.prosecdef
    )
    SELECT e.kind, e.name, coalesce(g.rolname, 'public') AS grantee,
           array_agg(e.privilege_type || CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS privileges
    FROM entries e LEFT JOIN pg_roles g ON g.oid = e.grantee
    WHERE e.grantee = 0 OR g.rolname = ANY(:names)
    GROUP BY 1, 2, 3
""")


def wanted(roles: Roles) -> Privileges:
    """Least privilege: the API reads core's parents and audit; the ingestion reads all, and adds what it makes."""
    read, add = frozenset({"SELECT"}), frozenset({"SELECT", "INSERT"})
    given: Privileges = {("SCHEMA", schema, roles.ingest): frozenset({"USAGE"}) for schema in SCHEMAS}
    given |= {("SCHEMA", schema, roles.api): frozenset({"USAGE"}) for schema in ("core", "audit", "queue")}
    # Of core the parents alone: a run's partitions are granted to nobody, so that no query can name one.
    for table in SNAPSHOT_TABLES:
        given["TABLE", f"core.{table}", roles.api] = given["TABLE", f"core.{table}", roles.ingest] = read
    for template in staging.TEMPLATES:
        given["TABLE", f"staging.{template.name}", roles.ingest] = read
    # What a run that never became live told of itself is taken back, so the ingestion may delete it.
    by_ingestion = {
        "core.current_snapshot": add | {"UPDATE"},
        "core.snapshot_facts": add | {"DELETE"},
        "audit.ingestion_runs": add | {"UPDATE"},
        "audit.ingestion_sheets": add | {"DELETE"},
        "audit.rejected_rows": add | {"DELETE"},
        "audit.relationships": add | {"DELETE"},
        "audit.feature_gates": add | {"DELETE"},
        "audit.data_quality_issues": add | {"DELETE"},
        "audit.ingestion_requests": read | {"UPDATE"},
        "public.alembic_version": read,
    }
    for table, privileges in by_ingestion.items():
        given["TABLE", table, roles.ingest] = privileges
        given["TABLE", table, roles.api] = read
    # The worker is a client of the queue; the API only has the door that queues an ingestion.
    for table in queue.TABLES:
        given["TABLE", f"queue.{table}", roles.ingest] = add | {"UPDATE", "DELETE"}
    for sequence in queue.SEQUENCES:
        given["SEQUENCE", f"queue.{sequence}", roles.ingest] = frozenset({"USAGE"})
    given["FUNCTION", queue.REQUEST, roles.api] = frozenset({"EXECUTE"})
    return given


def held(connection: sa.Connection, roles: Roles) -> Privileges:
    """What the ingestion's role, the API's and everybody may do in the schemas now; column privileges count as well."""
    found = connection.execute(HELD, {"names": [roles.ingest, roles.api], "schemas": list(SCHEMAS)})
    return {(kind, name, grantee): frozenset(privileges) for kind, name, grantee, privileges in found}


def unsettled(connection: sa.Connection, roles: Roles) -> list[str]:
    """The statements that would make `held` equal to `wanted`; empty when it is."""
    should, now = wanted(roles), held(connection, roles)
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


def grant(connection: sa.Connection, roles: Roles) -> list[str]:
    """Bring every privilege to what is wanted, acting as the owner (or a superuser); returns what it executed."""
    statements = unsettled(connection, roles)
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%"))
    return statements

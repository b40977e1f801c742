"""Revokes server functions that PostgreSQL grants to PUBLIC and the API's role must not call, in one database.

Large objects lie outside every schema, and an advisory lock with a known number could block an ingestion. Only a
superuser can revoke them; with another login they keep the server's privileges.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from app.database.access.roles import Roles

LARGE_OBJECTS = r"^lo_(creat|create|from_bytea)$"
ADVISORY_LOCKS = r"^pg_(try_)?advisory_"
IS_SUPERUSER = sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
FOUND = sa.text("""
    SELECT CAST(CAST(p.oid AS regprocedure) AS text) AS signature,
           EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)
               AS open_to_all,
           (SELECT bool_and(has_function_privilege(name, p.oid, 'EXECUTE'))
              FROM unnest(CAST(:needing AS text[])) AS name) AS given
      FROM pg_proc p
     WHERE p.pronamespace = CAST('pg_catalog' AS regnamespace) AND p.proname ~ :pattern
     ORDER BY 1
""")


class Restricted(NamedTuple):
    """Functions by name, and the roles that need them nevertheless."""

    pattern: str
    needing: tuple[str, ...]


def restrict(connection: sa.Connection, roles: Roles) -> list[str]:
    """Revoke the functions from PUBLIC. Returns the executed statements, none for a login that may not revoke."""
    if not connection.execute(IS_SUPERUSER).scalar_one():
        return []
    statements = []
    for one in (Restricted(LARGE_OBJECTS, ()), Restricted(ADVISORY_LOCKS, (roles.owner, roles.ingest))):
        found = connection.execute(FOUND, {"pattern": one.pattern, "needing": list(one.needing)}).all()
        lacking = [signature for signature, _, given in found if one.needing and not given]
        too_open = [signature for signature, open_to_all, _ in found if open_to_all]
        if too_open:
            statements.append(f"REVOKE EXECUTE ON FUNCTION {', '.join(too_open)} FROM PUBLIC")
            lacking = [signature for signature, _, _ in found if one.needing]
        if lacking:
            to = ", ".join(f'"{name}"' for name in one.needing)
            statements.append(f"GRANT EXECUTE ON FUNCTION {', '.join(lacking)} TO {to}")
    for statement in statements:
        connection.exec_driver_sql(statement)
    return statements

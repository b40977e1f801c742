"""Functions of the server that PostgreSQL lets everybody call and the API's role must not, in one database.

Large objects are rows outside of every schema, and an advisory lock of a known number holds up who waits for it. Only a
superuser may take these back, so another login leaves them as the server's administrator has them.
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
    """Functions by their names, and the roles that need them all the same."""

    pattern: str
    needing: tuple[str, ...]


def restrict(connection: sa.Connection, roles: Roles) -> list[str]:
    """Take the functions back from everybody; returns what it executed, nothing for a login that may not."""
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

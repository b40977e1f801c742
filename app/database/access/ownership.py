"""Makes the owner role the only owner of the schema, whichever login migrated the database first."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.access.objects import OBJECTS, bound
from app.database.access.roles import Roles
from app.database.scratch import quoted

MAY_CREATE = sa.text(
    "SELECT current_database(), has_database_privilege(:role, current_database(), 'CREATE'),"
    " has_schema_privilege(:role, 'public', 'CREATE'),"
    " (SELECT bool_and(has_schema_privilege(name, 'public', 'USAGE')) FROM unnest(CAST(:all AS text[])) AS name),"
    " EXISTS (SELECT FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a"
    "  WHERE d.datname = current_database() AND a.privilege_type = 'TEMPORARY'"
    "  AND (a.grantee = 0 OR pg_get_userbyid(a.grantee) = ANY(CAST(:all AS text[]))))"
)
OWNED = sa.text(f"""
    WITH {OBJECTS}
    SELECT kind, name, pg_get_userbyid(owner) AS owner FROM objects
    WHERE NOT EXISTS (SELECT FROM pg_depend WHERE kind = 'SEQUENCE' AND classid = 'pg_class'::regclass AND objid = oid
                      AND refobjsubid > 0 AND deptype IN ('a', 'i'))
    ORDER BY 1, 2
""")
"""Selects each object and its owner, without the sequences of columns, which follow their table."""


def let_owner_create(connection: sa.Connection, roles: Roles) -> list[str]:
    """Let the owner create schemas and alembic's version table in `public`; revoke temporary tables from all.
    Idempotent."""
    names = {"role": roles.owner, "all": list(roles.all)}
    database, in_database, makes_in_public, use_public, temporary = connection.execute(MAY_CREATE, names).one()
    statements = [] if in_database else [f'GRANT CREATE ON DATABASE {quoted(database)} TO "{roles.owner}"']
    statements += [] if use_public else [f"GRANT USAGE ON SCHEMA public TO {', '.join(map(quoted, roles.all))}"]
    statements += [] if makes_in_public else [f'GRANT CREATE ON SCHEMA public TO "{roles.owner}"']
    if temporary:
        everybody = ", ".join(["PUBLIC", *map(quoted, roles.all)])
        statements.append(f"REVOKE TEMPORARY ON DATABASE {quoted(database)} FROM {everybody}")
    return _executed(connection, statements)


def hand_over(connection: sa.Connection, roles: Roles) -> list[str]:
    """Give the owner role every object that another role owns; the login must own it."""
    found = connection.execute(OWNED, bound()).all()
    return _executed(
        connection,
        [
            f'ALTER {kind} {name.replace("%", "%%")} OWNER TO "{roles.owner}"'
            for kind, name, owner in found
            if owner != roles.owner
        ],
    )


def foreign_objects(connection: sa.Connection, roles: Roles) -> list[tuple[str, str]]:
    """(object, its owner) for each of our objects that the owner role does not own."""
    found = connection.execute(OWNED, bound()).all()
    return [(f"{kind} {name}", str(owner)) for kind, name, owner in found if owner != roles.owner]


def _executed(connection: sa.Connection, statements: list[str]) -> list[str]:
    for statement in statements:
        connection.exec_driver_sql(statement)
    return statements

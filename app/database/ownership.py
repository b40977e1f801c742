"""Who owns the schema: the owner role alone, whoever may have migrated the database first."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.roles import Roles
from app.database.schema import SCHEMAS
from app.database.scratch import quoted

MAY_CREATE = sa.text(
    "SELECT current_database(), has_database_privilege(:role, current_database(), 'CREATE'),"
    " has_schema_privilege(:role, 'public', 'CREATE'),"
    " (SELECT bool_and(has_schema_privilege(name, 'public', 'USAGE')) FROM unnest(CAST(:all AS text[])) AS name)"
)
OBJECTS = sa.text("""
    SELECT 'SCHEMA' AS kind, quote_ident(nspname) AS name, pg_get_userbyid(nspowner) AS owner
    FROM pg_namespace WHERE nspname = ANY(:schemas)
    UNION ALL
    SELECT 'TABLE', format('%I.%I', n.nspname, c.relname), pg_get_userbyid(c.relowner)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY(:schemas)
       OR c.oid = to_regclass('public.alembic_version')
    UNION ALL
    SELECT 'FUNCTION', CAST(CAST(p.oid AS regprocedure) AS text), pg_get_userbyid(p.proowner)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY(:schemas)
    UNION ALL
    SELECT 'TYPE', CAST(CAST(t.oid AS regtype) AS text), pg_get_userbyid(t.typowner)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE n.nspname = ANY(:schemas) AND t.typelem = 0 AND coalesce(c.relkind, 'c') = 'c'
    ORDER BY 1, 2
""")
"""A sequence of an identity or serial column follows its table, an array type its elements' type."""


def let_owner_create(connection: sa.Connection, roles: Roles) -> list[str]:
    """The owner makes schemas, and alembic's version table in `public`; a second run writes nothing."""
    names = {"role": roles.owner, "all": list(roles.all)}
    database, in_database, makes_in_public, use_public = connection.execute(MAY_CREATE, names).one()
    statements = [] if in_database else [f'GRANT CREATE ON DATABASE {quoted(database)} TO "{roles.owner}"']
    statements += [] if use_public else [f"GRANT USAGE ON SCHEMA public TO {', '.join(map(quoted, roles.all))}"]
    statements += [] if makes_in_public else [f'GRANT CREATE ON SCHEMA public TO "{roles.owner}"']
    return _executed(connection, statements)


def hand_over(connection: sa.Connection, roles: Roles) -> list[str]:
    """Give the owner role what somebody else made (a database migrated by hand); the login must own it."""
    found = _objects(connection)
    return _executed(
        connection,
        [
            f'ALTER {kind} {name.replace("%", "%%")} OWNER TO "{roles.owner}"'
            for kind, name, owner in found
            if owner != roles.owner
        ],
    )


def foreign_objects(connection: sa.Connection, roles: Roles) -> list[tuple[str, str]]:
    """(object, its owner) for everything of ours that the owner role does not own."""
    return [(f"{kind} {name}", owner) for kind, name, owner in _objects(connection) if owner != roles.owner]


def _objects(connection: sa.Connection) -> list[tuple[str, str, str]]:
    found = connection.execute(OBJECTS, {"schemas": list(SCHEMAS)})
    return [(str(kind), str(name), str(owner)) for kind, name, owner in found]


def _executed(connection: sa.Connection, statements: list[str]) -> list[str]:
    for statement in statements:
        connection.exec_driver_sql(statement)
    return statements

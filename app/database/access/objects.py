"""Lists the objects of our schemas and alembic's version table: kind, name, owner and privileges."""

from __future__ import annotations

import sqlalchemy as sa

from app.database import schema

OBJECTS = """
    ours AS (SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = ANY(:schemas)),
    objects AS (
        SELECT 'SCHEMA' AS kind, nspname AS schema, quote_ident(nspname) AS name, oid, nspowner AS owner,
               coalesce(nspacl, acldefault('n', nspowner)) AS acl
        FROM ours
        UNION ALL
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname,
               CASE WHEN n.nspname = 'public' THEN 'public.alembic_version'
                    ELSE format('%I.%I', n.nspname, relname) END, c.oid, relowner, relacl
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          AND (n.oid IN (SELECT oid FROM ours) OR c.oid = to_regclass('public.alembic_version'))
        UNION ALL
        SELECT 'ROUTINE', nspname, format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(p.oid)),
               p.oid, proowner, coalesce(proacl, acldefault('f', proowner))
        FROM pg_proc p JOIN ours ON ours.oid = pronamespace
        UNION ALL
        SELECT 'TYPE', nspname, format('%I.%I', nspname, typname), t.oid, typowner,
               coalesce(typacl, acldefault('T', typowner))
        FROM pg_type t JOIN ours ON ours.oid = typnamespace LEFT JOIN pg_class c ON c.oid = typrelid
        WHERE typtype IN ('d', 'e', 'r') OR c.relkind = 'c'
    )
"""
"""Two common table expressions; their parameters come from `bound()`.

A null privilege list stands for the default: EXECUTE of routines and USAGE of types for PUBLIC, and relations for the
owner only.
"""


def bound() -> dict[str, list[str]]:
    """The parameters of OBJECTS."""
    return {"schemas": list(schema.SCHEMAS)}


def names_of(connection: sa.Connection) -> list[tuple[str, str, str]]:
    """(kind, schema, quoted name) of every object."""
    rows = connection.execute(sa.text(f"WITH {OBJECTS} SELECT kind, schema, name FROM objects ORDER BY 1, 3"), bound())
    return [(kind, of_schema, name) for kind, of_schema, name in rows]

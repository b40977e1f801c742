"""A fingerprint of the schema as PostgreSQL's own catalogue tells it, so that two ways to it can be compared.

It covers schemas, tables, columns, types, defaults, constraints, indexes, partitioning, triggers, comments, owners and
privileges. Left out are what runs bring: partitions of core's tables, and tables made like a staging template.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

RELATIONS = """
    SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relkind, c.relpersistence,
           pg_get_partkeydef(c.oid) AS partition_key, obj_description(c.oid, 'pg_class') AS comment,
           pg_get_userbyid(c.relowner) AS owner, c.relacl::text AS privileges
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('core', 'staging', 'audit') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
      AND NOT c.relispartition AND c.relname !~ '_r[0-9]+$'
    ORDER BY 2
"""
COLUMNS = """
    SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
           pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum)
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum
"""
CONSTRAINTS = "SELECT conrelid, conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY conname"
INDEXES = "SELECT indrelid, pg_get_indexdef(indexrelid), indisvalid FROM pg_index ORDER BY 2"
TRIGGERS = "SELECT tgrelid, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 2"
SCHEMAS = """
    SELECT nspname, pg_get_userbyid(nspowner), nspacl::text FROM pg_namespace
    WHERE nspname IN ('core', 'staging', 'audit') ORDER BY 1
"""


def fingerprint(connection: sa.Connection, *, access: bool = True) -> dict[str, Any]:
    """The schema as nested plain values: {"schemas": …, "relations": {name: {columns, constraints, …}}}.

    access: whether owners and privileges count; two installations with other role names differ in them.
    """

    def rows(statement: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.execute(sa.text(statement))]

    details = {
        "columns": _by_relation(rows(COLUMNS)),
        "constraints": _by_relation([row for row in rows(CONSTRAINTS) if row[2] != "n"]),
        "indexes": _by_relation(rows(INDEXES)),
        "triggers": _by_relation(rows(TRIGGERS)),
    }
    relations = {}
    for oid, name, kind, persistence, partition_key, comment, owner, privileges in rows(RELATIONS):
        facts = {"kind": kind, "persistence": persistence, "partition_key": partition_key, "comment": comment}
        facts |= {part: found.get(oid, []) for part, found in details.items()}
        relations[name] = facts | ({"owner": owner, "privileges": privileges} if access else {})
    schemas = [[name, owner, privileges] if access else [name] for name, owner, privileges in rows(SCHEMAS)]
    return {"schemas": schemas, "relations": relations}


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """One line for each place where two fingerprints differ; empty when they are identical."""
    found = [] if before["schemas"] == after["schemas"] else [f"schemas: {before['schemas']} became {after['schemas']}"]
    for name in sorted(before["relations"].keys() | after["relations"].keys()):
        old, new = before["relations"].get(name), after["relations"].get(name)
        if old is None or new is None:
            found.append(f"{name}: {'appeared' if old is None else 'is gone'}")
            continue
        found += [f"{name}: {part}: {old[part]} became {new[part]}" for part in old if old[part] != new.get(part)]
    return found


def _by_relation(rows: list[tuple[Any, ...]]) -> dict[int, list[list[Any]]]:
    grouped: dict[int, list[list[Any]]] = {}
    for relation, *facts in rows:
        grouped.setdefault(relation, []).append(facts)
    return grouped

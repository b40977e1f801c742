"""A fingerprint of the schema from PostgreSQL's catalogue, so that two schemas can be compared.

It covers every schema except the system's: relations, columns, types, defaults, constraints, indexes, partitioning,
triggers, policies, comments, owners, privileges, functions, types, extensions. It excludes alembic's version table
(except its privileges), objects of extensions, and the tables of runs (app.database.run_tables).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.revisions.catalogue_queries import PARTS, PRIVILEGES, RELATIONS, SCHEMAS, STANDALONE, VERSION_TABLE
from app.database.run_tables import run_tables

Fingerprint = dict[str, Any]
QUALIFIED = re.compile(r"(?:(?:function|type) )?([a-z_][a-z0-9_]*)\.")
"""The schema in a name as a fingerprint writes it."""


def fingerprint(connection: sa.Connection, *, access: bool = True, roles: Roles | None = None) -> Fingerprint:
    """The schema as nested plain values: {"schemas": …, "relations": {name: {columns, …}}, "others": …}.

    access: whether owners and privileges count. roles: an installation's own names, which then (like the login's)
    become placeholders, so that two installations with different prefixes are equal.
    """

    def rows(statement: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.execute(sa.text(statement))]

    names = _placeholders(connection, roles)
    granted = _by_first((key, *_named(entry, names)) for key, *entry in rows(PRIVILEGES)) if access else {}
    details = {part: _by_first(rows(statement)) for part, statement in PARTS.items()}
    of_runs = {one.oid for one in run_tables(connection)}
    relations = {}
    for oid, name, owner, *facts in rows(RELATIONS):
        if oid in of_runs:
            continue
        relation = dict(
            zip(("kind", "persistence", "partitioning", "options", "definition", "comment"), facts, strict=True)
        )
        relation |= {part: found.get(oid, []) for part, found in details.items()}
        if access:
            relation |= {"owner": names.get(owner, owner), "privileges": sorted(granted.get(f"relation {oid}", []))}
        relations[name] = relation
    schemas = {name: {"comment": comment} for _, name, _, comment in rows(SCHEMAS)}
    others: dict[str, Any] = {}
    for kind, name, oid, owner, *facts in rows(STANDALONE):
        others[f"{kind} {name}"] = dict(zip(("definition", "comment"), facts, strict=True))
        if access and owner:
            privileges = sorted(granted.get(f"{kind} {oid}", []))
            others[f"{kind} {name}"] |= {"owner": names.get(owner, owner), "privileges": privileges}
    if not access:
        return {"schemas": schemas, "relations": relations, "others": others}
    for oid, name, owner, _ in rows(SCHEMAS):
        schemas[name] |= {"owner": names.get(owner, owner), "privileges": sorted(granted.get(f"schema {oid}", []))}
    others["privileges of public.alembic_version"] = sorted(_named(row, names) for row in rows(VERSION_TABLE))
    others["default privileges"] = sorted(granted.get("default", []))
    return {"schemas": schemas, "relations": relations, "others": others}


def differences(before: Fingerprint, after: Fingerprint) -> list[str]:
    """One line for each place where two fingerprints differ; empty when they are identical."""
    found = []
    for part in ("schemas", "relations", "others"):
        for name in sorted(before[part].keys() | after[part].keys()):
            old, new = before[part].get(name), after[part].get(name)
            if old == new:
                continue
            if old is None or new is None:
                found.append(f"{name}: {'appeared' if old is None else 'is gone'}")
            elif isinstance(old, dict):
                found += [
                    f"{name}: {what}: {_told(old[what], new.get(what))}" for what in old if old[what] != new.get(what)
                ]
            else:
                found.append(f"{name}: {_told(old, new)}")
    return found


def restricted(whole: Fingerprint, schemas: set[str]) -> Fingerprint:
    """The part of a fingerprint that lies in these schemas."""

    def inside(name: str) -> bool:
        found = QUALIFIED.match(name)
        return (found[1] if found else name) in schemas

    return {part: {name: facts for name, facts in named.items() if inside(name)} for part, named in whole.items()}


def _told(old: Any, new: Any) -> str:
    """Describe a changed value; of two lists only the entries that are in one of them."""
    if isinstance(old, list) and isinstance(new, list):
        gone, come = [entry for entry in old if entry not in new], [entry for entry in new if entry not in old]
        if gone or come:
            return f"{gone or 'nothing'} became {come or 'nothing'}"
    return f"{old} became {new}"


def _placeholders(connection: sa.Connection, roles: Roles | None) -> dict[str, str]:
    if roles is None:
        return {}
    login = str(connection.execute(sa.text("SELECT session_user")).scalar_one())
    return {login: "<login>", roles.owner: "<owner>", roles.ingest: "<ingest>", roles.api: "<api>"}


def _named(entry: Iterable[Any], names: dict[str, str]) -> list[Any]:
    return [names.get(value, value) if isinstance(value, str) else value for value in entry]


def _by_first(rows: Iterable[tuple[Any, ...]]) -> dict[Any, list[list[Any]]]:
    grouped: dict[Any, list[list[Any]]] = {}
    for key, *facts in rows:
        grouped.setdefault(key, []).append(facts)
    return grouped

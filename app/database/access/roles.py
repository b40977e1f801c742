"""Three roles with a prefix: the owner of the schema, the ingestion's and the API's; none of them logs in."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from app.database.engine import connected
from app.database.errors import DatabaseError

PREFIX = re.compile(r"[a-z_][a-z0-9_]{0,55}")
"""PostgreSQL cuts names at 63 bytes, where two of the three would become one."""

SET_OPTION_VERSION_NUM = 160_000
"""PostgreSQL 16: since then a role's creator can administer the role, but needs a grant to take it."""

ATTRIBUTES = {
    "rolsuper": "SUPERUSER",
    "rolcreatedb": "CREATEDB",
    "rolcreaterole": "CREATEROLE",
    "rolcanlogin": "LOGIN",
    "rolreplication": "REPLICATION",
    "rolbypassrls": "BYPASSRLS",
    "rolinherit": "INHERIT",
}
"""Attributes that none of the three has. Without INHERIT the ingestion acts as the owner only after SET ROLE."""


MAY_BECOME = """
    SELECT EXISTS (SELECT FROM pg_auth_members m
                   JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
                   WHERE r.rolname = :role AND u.rolname = :member{options})"""
"""Finds a membership with these options (further conditions on `m`)."""


class BadRolePrefix(DatabaseError):
    """The prefix cannot name three roles."""

    code = "BAD_ROLE_PREFIX"


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the three roles. A login takes one with `SET ROLE` (the connection option `role`)."""

    prefix: str

    @property
    def owner(self) -> str:
        """Owns schemas, tables and partitions."""
        return f"{self.prefix}_owner"

    @property
    def ingest(self) -> str:
        """Writes runs; may take the owner role for its own partitions."""
        return f"{self.prefix}_ingest"

    @property
    def api(self) -> str:
        """Reads core and audit, keeps and removes what-if scenarios, calls the functions that queue an ingestion."""
        return f"{self.prefix}_api"

    @property
    def all(self) -> tuple[str, str, str]:
        return (self.owner, self.ingest, self.api)


def roles_for(prefix: str) -> Roles:
    """The roles of an installation; `prefix` separates installations on one server. Raises BadRolePrefix."""
    if not PREFIX.fullmatch(prefix):
        raise BadRolePrefix(
            f"The role prefix {prefix!r} cannot be used: take lower-case letters, digits and underscores, "
            "no digit first, at most 56 characters (ROLE_PREFIX)."
        )
    return Roles(prefix)


def login_of(role: str) -> str:
    """The name of the login that may take this role, if the role has one (app.database.access.logins)."""
    return f"{role}_login"


def existing(connection: sa.Connection, roles: Roles) -> set[str]:
    """The roles of the three that exist."""
    found = connection.execute(
        sa.text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:names)"), {"names": list(roles.all)}
    )
    return {name for (name,) in found}


def ensure_roles(connection: sa.Connection, roles: Roles) -> list[str]:
    """Create missing roles, remove excess attributes, and let the login take each role.

    Returns the actions taken; empty when nothing had to be done.
    """
    done = []
    there = existing(connection, roles)
    for name in roles.all:
        if name not in there:
            lacking = " ".join(f"NO{attribute}" for attribute in ATTRIBUTES.values())
            connection.execute(sa.text(f'CREATE ROLE "{name}" {lacking}'))
            done.append(name)
    for name, held in excess_attributes(connection, roles).items():
        connection.execute(sa.text(f'ALTER ROLE "{name}" {" ".join(f"NO{attribute}" for attribute in held)}'))
        done.append(f"{name} without {', '.join(held)}")
    login = connection.execute(sa.text("SELECT session_user")).scalar_one()
    memberships = [*((name, login, True) for name in roles.all), (roles.owner, roles.ingest, False)]
    for role, member, inherits in memberships:
        if not _may_become(connection, role, member, inherits):
            connection.execute(sa.text(_membership(connection, role, member, inherits)))
            done.append(f"{member} may become {role}")
    return done


def excess_attributes(connection: sa.Connection, roles: Roles) -> dict[str, list[str]]:
    """Attributes that a role of ours has and must not have, by role."""
    columns = ", ".join(ATTRIBUTES)
    statement = sa.text(f"SELECT rolname, {columns} FROM pg_roles WHERE rolname = ANY(:names) ORDER BY rolname")
    found = {}
    for row in connection.execute(statement, {"names": list(roles.all)}).mappings():
        held = [attribute for column, attribute in ATTRIBUTES.items() if row[column]]
        if held:
            found[row["rolname"]] = held
    return found


def excess_memberships(connection: sa.Connection, roles: Roles) -> list[tuple[str, str]]:
    """(member, role) for each role that one of ours may take, except the ingestion's membership in the owner."""
    statement = sa.text(
        "SELECT u.rolname, r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
        " JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = ANY(:names) ORDER BY 1, 2"
    )
    found = [(str(member), str(role)) for member, role in connection.execute(statement, {"names": list(roles.all)})]
    return [pair for pair in found if pair != (roles.ingest, roles.owner)]


def has_set_option(connection: sa.Connection) -> bool:
    """True if memberships have options for SET and INHERIT (PostgreSQL 16)."""
    version_num = connection.execute(sa.text("SELECT current_setting('server_version_num')::integer")).scalar_one()
    return bool(version_num >= SET_OPTION_VERSION_NUM)


def _may_become(connection: sa.Connection, role: str, member: str, inherits: bool) -> bool:
    options = ""
    if has_set_option(connection):
        options = f" AND m.set_option AND {'' if inherits else 'NOT '}m.inherit_option"
    statement = sa.text(MAY_BECOME.format(options=options))
    return bool(connection.execute(statement, {"role": role, "member": member}).scalar_one())


def _membership(connection: sa.Connection, role: str, member: str, inherits: bool) -> str:
    target = member.replace('"', '""').replace(":", r"\:")
    options = f" WITH SET TRUE, INHERIT {inherits}" if has_set_option(connection) else ""
    return f'GRANT "{role}" TO "{target}"{options}'


def drop_roles(server_url: sa.URL, roles: Roles) -> None:
    """Remove the roles and their logins. Every database in which they own an object must be dropped before."""
    with connected(server_url) as connection:
        for name in (*(login_of(role) for role in roles.all), *roles.all):
            connection.execute(sa.text(f'DROP ROLE IF EXISTS "{name}"'))

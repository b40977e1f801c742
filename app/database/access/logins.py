"""Logins of the API and the worker: each may take its one role and nothing else, which limits the harm of a stolen one.

The login that makes the database may take all three roles. An API that is served with it relies on `SET ROLE` alone,
which a session can reset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from app.database.access.roles import ATTRIBUTES, MAY_BECOME, Roles, has_set_option, login_of
from app.database.engine import open_engine
from app.database.errors import ServerUnreachable

LACKED = {column: attribute for column, attribute in ATTRIBUTES.items() if attribute != "LOGIN"}
"""Attributes that no such login has. Without INHERIT it has no privileges until it takes its role."""

MEMBERSHIPS = sa.text(
    "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member"
    " WHERE u.rolname = :login ORDER BY 1"
)


def ensure_logins(connection: sa.Connection, roles: Roles, passwords: Mapping[str, str]) -> list[str]:
    """Make or correct the logins. passwords: by role.

    Returns the actions taken, without passwords; empty when nothing had to be done. The caller commits.
    """
    unknown = passwords.keys() - {roles.api, roles.ingest}
    if unknown:
        raise ValueError(f"only the API's and the ingestion's roles have logins, not {', '.join(sorted(unknown))}")
    return [line for role, password in passwords.items() for line in _ensure(connection, role, password)]


def _ensure(connection: sa.Connection, role: str, password: str) -> Iterable[str]:
    login = login_of(role)
    held = connection.execute(
        sa.text(f"SELECT rolcanlogin, {', '.join(LACKED)} FROM pg_roles WHERE rolname = :login"), {"login": login}
    ).mappings()
    found = held.one_or_none()
    lacking = " ".join(f"NO{attribute}" for attribute in LACKED.values())
    if found is None:
        connection.exec_driver_sql(f'CREATE ROLE "{login}" LOGIN {lacking}')
        yield login
    elif not found["rolcanlogin"] or any(found[column] for column in LACKED):
        connection.exec_driver_sql(f'ALTER ROLE "{login}" LOGIN {lacking}')
        yield f"{login} without more than its role"
    for other in connection.execute(MEMBERSHIPS, {"login": login}).scalars().all():
        if other != role:
            connection.exec_driver_sql(f'REVOKE "{other}" FROM "{login}"')
            yield f"{login} may no longer become {other}"
    option = " AND m.set_option AND NOT m.inherit_option" if has_set_option(connection) else ""
    named = {"role": role, "member": login}
    if not connection.execute(sa.text(MAY_BECOME.format(options=option)), named).scalar_one():
        with_set = " WITH SET TRUE, INHERIT FALSE" if option else ""
        connection.exec_driver_sql(f'GRANT "{role}" TO "{login}"{with_set}')
        yield f"{login} may become {role}"
    if found is None or not _opens(connection, login, password):
        # The server hashes it before it is kept; the statement is not logged by default.
        connection.execute(sa.text(f'ALTER ROLE "{login}" PASSWORD :password'), {"password": password})
        yield f"password of {login}"


def _opens(connection: sa.Connection, login: str, password: str) -> bool:
    """Return True if the password is the login's already. It is tried, because a hash cannot be compared with a
    text."""
    with open_engine(connection.engine.url.set(username=login, password=password), poolclass=sa.NullPool) as engine:
        try:
            engine.connect().close()
        except ServerUnreachable:
            return False
    return True

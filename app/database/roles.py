"""Three roles with a prefix: the owner of the schema, the ingestion's and the API's; none of them logs in."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.database.engine import make_engine

SCHEMAS = ("core", "staging", "audit")


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
        """Writes runs; may become the owner for its own partitions."""
        return f"{self.prefix}_ingest"

    @property
    def api(self) -> str:
        """Reads core and audit, writes nothing."""
        return f"{self.prefix}_api"

    @property
    def all(self) -> tuple[str, str, str]:
        return (self.owner, self.ingest, self.api)


def roles_for(prefix: str) -> Roles:
    """The roles of an installation; `prefix` keeps several on one server apart."""
    return Roles(prefix)


def existing(connection: sa.Connection, roles: Roles) -> set[str]:
    """Which of the three are there."""
    found = connection.execute(
        sa.text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:names)"), {"names": list(roles.all)}
    )
    return {name for (name,) in found}


def ensure_roles(connection: sa.Connection, roles: Roles) -> set[str]:
    """Create the roles that are missing and let the login take each; returns the names that it created."""
    there = existing(connection, roles)
    missing = [name for name in roles.all if name not in there]
    for name in missing:
        connection.execute(sa.text(f'CREATE ROLE "{name}" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT'))
    for name in roles.all:
        if not _member(connection, name, "session_user"):
            connection.execute(sa.text(f'GRANT "{name}" TO session_user'))
    if not _member(connection, roles.owner, f"'{roles.ingest}'"):
        connection.execute(sa.text(f'GRANT "{roles.owner}" TO "{roles.ingest}"'))
    return set(missing)


def _member(connection: sa.Connection, role: str, member: str) -> bool:
    statement = f"""
        SELECT EXISTS (SELECT FROM pg_auth_members m
                       JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
                       WHERE r.rolname = :role AND u.rolname = {member})"""
    return bool(connection.execute(sa.text(statement), {"role": role}).scalar_one())


def grants(roles: Roles) -> list[str]:
    """The statements that give each role what it needs and no more; repeating them changes nothing."""
    schemas = ", ".join(SCHEMAS)
    return [
        f'GRANT USAGE ON SCHEMA {schemas} TO "{roles.ingest}"',
        f'GRANT USAGE ON SCHEMA core, audit, public TO "{roles.api}"',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA audit TO "{roles.ingest}"',
        f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA audit TO "{roles.ingest}"',
        f'GRANT SELECT ON ALL TABLES IN SCHEMA staging TO "{roles.ingest}"',
        f'GRANT SELECT ON {", ".join(CORE_TABLES)} TO "{roles.ingest}", "{roles.api}"',
        f'GRANT INSERT, UPDATE, DELETE ON core.current_snapshot, core.snapshot_facts TO "{roles.ingest}"',
        f'GRANT SELECT ON ALL TABLES IN SCHEMA audit TO "{roles.api}"',
        f'GRANT SELECT ON public.alembic_version TO "{roles.api}", "{roles.ingest}"',
    ]


CORE_TABLES = tuple(
    f"core.{table}"
    for table in (
        "work_orders",
        "order_phases",
        "phase_assignments",
        "quality_errors",
        "employees",
        "skills",
        "phases",
        "products",
        "standard_routes",
        "current_snapshot",
        "snapshot_facts",
    )
)
"""The parents, by name: a run's partitions are granted to nobody, so that no query can name one."""


def grant(connection: sa.Connection, roles: Roles) -> None:
    """Apply `grants`; the connection must act as the owner (or a superuser)."""
    for statement in grants(roles):
        connection.execute(sa.text(statement))


def drop_roles(server_url: sa.URL, roles: Roles) -> None:
    """Remove the roles; every database in which they own something must be gone before."""
    engine = make_engine(server_url)
    try:
        with engine.begin() as connection:
            for name in sorted(existing(connection, roles)):
                connection.execute(sa.text(f'DROP ROLE "{name}"'))
    finally:
        engine.dispose()

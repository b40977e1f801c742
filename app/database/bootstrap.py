"""From a server to a database that is ready: roles, schema, privileges, verified; repeating it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from app.database.catalogue import fingerprint
from app.database.engine import check_server, make_engine
from app.database.errors import DatabaseError
from app.database.migrate import current, head, upgrade
from app.database.roles import Roles, ensure_roles, existing, grant
from app.database.scratch import create_database

MAINTENANCE = "postgres"
"""The database that every server has, to ask from when the named one may not exist yet."""

Outcome = Literal["created", "already"]


class BootstrapFailed(DatabaseError):
    """The database is not as bootstrap left it; the message says what differs."""

    code = "BOOTSTRAP_FAILED"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it made sure of, and whether it had to do anything."""

    name: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """A database that is ready for ingestion and API."""

    url: sa.URL
    roles: Roles
    steps: tuple[Step, ...]
    head: str


def bootstrap(server_url: sa.URL, *, database: str, roles: Roles) -> Bootstrap:
    """Make `database` on the server of `server_url` ready.

    The login needs CREATEDB and CREATEROLE, or database and roles must exist. Raises ServerUnreachable, UnfitServer,
    MigrationBlocked or BootstrapFailed.
    """
    maintenance = make_engine(server_url.set(database=MAINTENANCE))
    try:
        check_server(maintenance)
        with maintenance.begin() as connection:
            made = ensure_roles(connection, roles)
            found = connection.execute(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database})
            missing = found.first() is None
    finally:
        maintenance.dispose()
    steps = [Step("roles", _outcome(bool(made)), ", ".join(sorted(made or roles.all)))]
    if missing:
        create_database(server_url.set(database=MAINTENANCE), database)
    steps.append(Step("database", _outcome(missing), database))
    url = server_url.set(database=database)
    before = current(url)
    _let_owner_create(url, roles)
    upgrade(url, role=roles.owner)
    steps.append(Step("schema", _outcome(before != head()), f"{before or 'nothing'} → {head()}"))
    steps.append(Step("privileges", _outcome(_grant(url, roles)), "owner, ingestion and API"))
    _verify(url, roles)
    return Bootstrap(url, roles, tuple(steps), head())


def _outcome(acted: bool) -> Outcome:
    return "created" if acted else "already"


def _let_owner_create(url: sa.URL, roles: Roles) -> None:
    """Schemas are made by the owner role, so it must be allowed to; asked first, for a second run writes nothing."""
    engine = make_engine(url)
    question = sa.text(
        "SELECT has_database_privilege(:role, current_database(), 'CREATE'),"
        " has_schema_privilege(:role, 'public', 'CREATE')"
    )
    try:
        with engine.begin() as connection:
            in_database, in_public = connection.execute(question, {"role": roles.owner}).one()
            if not in_database:
                connection.execute(sa.text(f'GRANT CREATE ON DATABASE "{url.database}" TO "{roles.owner}"'))
            if not in_public:
                connection.execute(sa.text(f'GRANT CREATE ON SCHEMA public TO "{roles.owner}"'))
    finally:
        engine.dispose()


def _grant(url: sa.URL, roles: Roles) -> bool:
    """Apply the grants as the owner; whether any of them was new."""
    engine = make_engine(url, role=roles.owner)
    try:
        with engine.begin() as connection:
            before = fingerprint(connection)
            grant(connection, roles)
            return fingerprint(connection) != before
    finally:
        engine.dispose()


def _verify(url: sa.URL, roles: Roles) -> None:
    at = current(url)
    if at != head():
        raise BootstrapFailed(f"Database {url.database} is at revision {at}, not at head {head()}: run it again.")
    engine = make_engine(url, role=roles.api)
    try:
        with engine.connect() as connection:
            if existing(connection, roles) != set(roles.all):
                raise BootstrapFailed(f"A role of {roles.prefix} is missing: {', '.join(roles.all)} are needed.")
            connection.execute(sa.text("SELECT run_id FROM core.current_snapshot")).all()
    finally:
        engine.dispose()

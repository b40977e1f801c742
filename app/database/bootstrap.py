"""Makes a database ready: roles, schema and privileges, verified at the end. Repeating it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from app.database.access.logins import ensure_logins
from app.database.access.ownership import foreign_objects, hand_over, let_owner_create
from app.database.access.privileges import grant, unsettled
from app.database.access.roles import Roles, ensure_roles, excess_attributes, excess_memberships, existing, login_of
from app.database.access.server_functions import restrict
from app.database.engine import check_server, connected, open_engine, require_postgresql_15
from app.database.errors import DatabaseError
from app.database.revisions.migrate import LOCK_NOT_AVAILABLE, current, head, upgrade
from app.database.schema.publication import current_snapshot
from app.database.scratch import create_database

MAINTENANCE = "postgres"
"""A database that every server has; connected to while the named one may not exist yet."""

ADVISORY_LOCK = 4_000_002
"""Key of the session lock that serialises bootstraps: in the maintenance database while roles and databases of the
server are made, then in the database itself. Several databases of a server can be migrated at once."""

TURN_TIMEOUT_MS = 60_000

Outcome = Literal["created", "already"]


class BootstrapFailed(DatabaseError):
    """The database cannot be made ready, or is not as bootstrap left it; the message says what to do."""

    code = "BOOTSTRAP_FAILED"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its result, and whether it changed anything."""

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


def bootstrap(
    server_url: sa.URL, *, database: str, roles: Roles, passwords: Mapping[str, str] | None = None
) -> Bootstrap:
    """Make `database` on the server of `server_url` ready, from any state that an earlier attempt left.

    The login is a superuser, or has CREATEDB and CREATEROLE, or owns the database and administers the roles. passwords:
    by role, of the logins to make for the API's and the ingestion's; without any, those are left unchanged. Raises
    ServerUnreachable, UnfitServer, MigrationBlocked, MigrationFailed, UnknownRevision or BootstrapFailed.
    """
    url = server_url.set(database=database)
    with open_engine(server_url.set(database=MAINTENANCE)) as maintenance:
        require_postgresql_15(check_server(maintenance))
        with _explained(url):
            with _turn(maintenance) as turn:
                of_server = _steps_of_server(turn, url, roles)
                logins = _logins(turn, roles, passwords or {})
            with open_engine(url, role=roles.owner) as engine, _turn(engine):
                of_database = _steps_of_database(url, roles)
                _verify(url, roles)
    return Bootstrap(url, roles, of_server + of_database + logins, head())


@contextmanager
def _turn(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that holds the lock of its database for the block."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{TURN_TIMEOUT_MS}ms'")
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()
        try:
            yield connection
        finally:
            connection.invalidate()  # the session's end gives the lock back, whatever state the connection is in


def _steps_of_server(maintenance: sa.Connection, url: sa.URL, roles: Roles) -> tuple[Step, ...]:
    with maintenance.begin():
        made = ensure_roles(maintenance, roles)
        found = maintenance.execute(sa.text("SELECT FROM pg_database WHERE datname = :name"), {"name": url.database})
        missing = found.first() is None
    if missing:
        create_database(url.set(database=MAINTENANCE), str(url.database))
    return (
        Step("roles", _outcome(made), ", ".join(made or roles.all)),
        Step("database", _outcome(missing), str(url.database)),
    )


def _steps_of_database(url: sa.URL, roles: Roles) -> tuple[Step, ...]:
    before, done = make_ready(url, roles)
    return (
        Step("schema", _outcome(before != head()), f"{before or 'nothing'} → {head()}"),
        Step("privileges", _outcome(done), f"{len(done)} granted or revoked" if done else "as declared"),
    )


def _logins(maintenance: sa.Connection, roles: Roles, passwords: Mapping[str, str]) -> tuple[Step, ...]:
    if not passwords:
        return ()
    with maintenance.begin():
        done = ensure_logins(maintenance, roles, passwords)
    return (Step("logins", _outcome(done), ", ".join(done or map(login_of, passwords))),)


def make_ready(url: sa.URL, roles: Roles) -> tuple[str | None, list[str]]:
    """Migrate an existing database to head and set owners and privileges, for existing roles.

    Returns the revision that the database was at, and the executed statements about owners and privileges.
    """
    with connected(url) as connection:
        require_postgresql_15(check_server(connection.engine))
        done = let_owner_create(connection, roles)
        if let_owner_create(connection, roles):  # a login that may not grant gets only a warning
            raise BootstrapFailed(
                f"The login may not grant and revoke in database {url.database}: let an administrator run "
                f'ALTER DATABASE "{url.database}" OWNER TO "{url.username}"; and run this again.'
            )
        done += hand_over(connection, roles)
        done += restrict(connection, roles)
    before = current(url, role=roles.owner)
    upgrade(url, role=roles.owner)
    with connected(url, role=roles.owner) as connection:
        done += grant(connection, roles)
    return before, done


def _outcome(acted: object) -> Outcome:
    return "created" if acted else "already"


@contextmanager
def _explained(url: sa.URL) -> Iterator[None]:
    """Turn a server's refusal (mostly missing privileges) into one sentence."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        said = " ".join(str(error.orig).split())
        if getattr(error.orig, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise BootstrapFailed(
                f"Another bootstrap of this server, or a lock in {url.database}, was waited for over "
                f"{TURN_TIMEOUT_MS // 1000} s: let it end and run this again."
            ) from error
        raise BootstrapFailed(
            f"Database {url.database} cannot be made ready: {said}. The login needs CREATEDB and CREATEROLE, "
            "or must own the database and administer its roles."
        ) from error


def _verify(url: sa.URL, roles: Roles) -> None:
    """Check the results of all steps; raises BootstrapFailed with every difference."""
    wrong = []
    with connected(url, role=roles.owner) as connection:
        missing = set(roles.all) - existing(connection, roles)
        wrong += [f"role {name} is missing" for name in sorted(missing)]
        wrong += [f"{name} is {', '.join(held)}" for name, held in excess_attributes(connection, roles).items()]
        wrong += [f"{member} may become {role}" for member, role in excess_memberships(connection, roles)]
        wrong += [f"{name} belongs to {owner}" for name, owner in foreign_objects(connection, roles)]
        wrong += [f"still to do: {statement}" for statement in unsettled(connection, roles)]
    at = current(url, role=roles.owner)
    wrong += [] if at == head() else [f"the schema is at {at}, not at head {head()}"]
    if wrong:
        raise BootstrapFailed(f"Database {url.database} is not ready: {'; '.join(wrong)}. Mend that and run it again.")
    with connected(url, role=roles.api) as connection:
        connection.execute(sa.select(current_snapshot.c.run_id)).all()

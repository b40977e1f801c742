"""The database that a command works on: the explicit one, or one on the persistent local server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.config import Settings
from app.database.access.roles import Roles, roles_for
from app.database.persistent import persistent_server
from app.database.revisions.at_head import require_head
from app.database.urls import explicit_url
from app.plants.directory import bootstrap_of

if TYPE_CHECKING:
    from app.database.bootstrap import Bootstrap


@dataclass(frozen=True)
class Database:
    """The database that a command works on, and the roles that it uses there."""

    url: sa.URL
    roles: Roles


@contextmanager
def database(settings: Settings, *, ready: bool = True) -> Iterator[Database]:
    """The explicit database, or the one on the persistent server, which is bootstrapped at first use."""
    roles = roles_for(settings.role_prefix)
    url = explicit_url(settings)
    if url is not None:
        yield Database(url, roles)
        return
    from app.database.bootstrap import bootstrap  # imports Alembic, which an explicit database does not need

    with persistent_server(settings) as server:
        report = bootstrap(server.url, database="prodplan", roles=roles) if ready else None
        yield Database(report.url if report else server.url, roles)


@contextmanager
def database_at_head(settings: Settings) -> Iterator[Database]:
    """The database of a command that needs the schema. Raises NotAtHead for an explicit database without it."""
    with database(settings) as chosen:
        if explicit_url(settings) is not None:
            require_head(chosen.url, bootstrap_of(settings))
        yield chosen


def bootstrapped(settings: Settings) -> Bootstrap:
    """The database of these settings, made or brought to head. Raises as `bootstrap` does."""
    from app.database.bootstrap import bootstrap

    roles = roles_for(settings.role_prefix)
    given = {roles.api: settings.api_database_password, roles.ingest: settings.worker_database_password}
    passwords = {role: password.get_secret_value() for role, password in given.items() if password}
    url = explicit_url(settings)
    if url is not None:
        return bootstrap(url, database=url.database or "prodplan", roles=roles, passwords=passwords)
    with persistent_server(settings) as server:
        return bootstrap(server.url, database="prodplan", roles=roles, passwords=passwords)

"""The database that a command works on: the explicit one, or one on the persistent local server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from app.config import Settings
from app.database.access.roles import Roles, roles_for
from app.database.persistent import persistent_server
from app.database.revisions.at_head import require_head
from app.database.urls import explicit_url


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
            require_head(chosen.url)
        yield chosen

"""The schema's way to head and back: bounded, one at a time, one transaction for each revision."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.database.engine import make_engine
from app.database.errors import DatabaseError

ROOT = Path(__file__).resolve().parents[2]
ADVISORY_LOCK = 4_000_001
"""Key of the session lock that serialises migrations of one database."""

LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS = 5_000, 600_000


class MigrationBlocked(DatabaseError):
    """Somebody else holds a lock that a migration needs; nothing was changed by the revision that waited."""

    code = "MIGRATION_BLOCKED"


def alembic_config() -> Config:
    """Alembic's configuration of this project, whatever the working directory."""
    return Config(ROOT / "alembic.ini")


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config())


def revisions() -> list[str]:
    """Every revision, oldest first."""
    return [script.revision for script in reversed(list(scripts().walk_revisions()))]


def head() -> str:
    """The one head revision; raises alembic's CommandError when there are several."""
    found = scripts().get_current_head()
    if found is None:
        raise DatabaseError("migrations/versions holds no revision: restore it from the repository.")
    return found


def current(url: sa.URL) -> str | None:
    """The revision that the database is at; None when it was never migrated."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def upgrade(url: sa.URL, revision: str = "head", *, role: str | None = None) -> None:
    """Bring the schema up to `revision`; its objects belong to `role` when one is given."""
    with _session(url, role) as config:
        command.upgrade(config, revision)


def downgrade(url: sa.URL, revision: str, *, role: str | None = None) -> None:
    """Bring the schema down to `revision` ("base" removes it)."""
    with _session(url, role) as config:
        command.downgrade(config, revision)


def offline_sql(start: str, end: str) -> str:
    """The SQL that would lead from `start` to `end` ("base" for nothing), for review and for squawk."""
    config = alembic_config()
    config.attributes["output_buffer"] = buffer = io.StringIO()
    command.upgrade(config, f"{start}:{end}", sql=True)
    return buffer.getvalue()


@contextmanager
def _session(url: sa.URL, role: str | None) -> Iterator[Config]:
    engine = make_engine(url, role=role)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
            connection.execute(sa.text(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}"))
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
            connection.commit()
            config = alembic_config()
            config.attributes["connection"] = connection
            yield config
            connection.commit()
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "pgcode", None) == "55P03":
            raise MigrationBlocked(
                f"A migration of database {url.database} waited over {LOCK_TIMEOUT_MS // 1000} s for a lock; "
                "nothing of that revision was kept. End the session that holds it (see pg_locks) and run it again."
            ) from error
        raise
    finally:
        engine.dispose()

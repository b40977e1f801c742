"""Migrates the schema up and down: bounded by timeouts, one migration at a time, one transaction for each revision."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from app.checkout import MIGRATIONS
from app.database.engine import open_engine
from app.database.errors import DatabaseError
from app.database.revisions.lock_need import require_locks

ADVISORY_LOCK = 4_000_001
"""Key of the session lock that serialises migrations of one database."""

LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS = 5_000, 600_000
BOUNDS = (f"SET lock_timeout = '{LOCK_TIMEOUT_MS}ms'", f"SET statement_timeout = '{STATEMENT_TIMEOUT_MS}ms'")
TURN_TIMEOUT_MS = 60_000
"""A migration waits this long for another of the same database to end, before it takes any lock itself."""

LOCK_NOT_AVAILABLE, QUERY_CANCELED = "55P03", "57014"


class MigrationBlocked(DatabaseError):
    """Another session holds a lock that a migration needs; the waiting revision changed nothing."""

    code = "MIGRATION_BLOCKED"


class MigrationFailed(DatabaseError):
    """A revision's statement failed; the database is at the revision before it, with nothing of the failed one."""

    code = "MIGRATION_FAILED"


class UnknownRevision(DatabaseError):
    """The database, or the caller, names a revision that this checkout does not have."""

    code = "UNKNOWN_REVISION"


class IrreversibleRevision(DatabaseError):
    """Going down would have to undo a revision that declares why it cannot be undone; nothing was changed."""

    code = "IRREVERSIBLE_REVISION"


def alembic_config() -> Config:
    """Alembic's configuration of this project, whatever the working directory."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def scripts() -> ScriptDirectory:
    """The revisions, imported once for as long as their files stay as they are: Alembic would import all each time."""
    folders = alembic_config().get_version_locations_list() or [str(MIGRATIONS / "versions")]
    files = sorted(path for folder in folders for path in Path(folder).glob("*.py"))
    return _scripts_of(tuple((str(path), path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=2)
def _scripts_of(files: tuple[tuple[str, int], ...]) -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config())


def revisions() -> list[str]:
    """All revisions, oldest first."""
    return [script.revision for script in reversed(list(scripts().walk_revisions()))]


def irreversible() -> dict[str, str]:
    """Revisions that cannot be undone, with the reason that each declares as `irreversible`."""
    declared = {script.revision: getattr(script.module, "irreversible", None) for script in scripts().walk_revisions()}
    return {revision: reason for revision, reason in declared.items() if reason}


def head() -> str:
    """The one head revision; raises alembic's CommandError when there are several."""
    found = scripts().get_current_head()
    if found is None:
        raise DatabaseError("migrations/versions holds no revision: restore it from the repository.")
    return found


def current(url: sa.URL, *, role: str | None = None) -> str | None:
    """The revision that the database is at; None when it was never migrated."""
    with open_engine(url, role=role) as engine, engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: sa.URL, revision: str = "head", *, role: str | None = None) -> None:
    """Bring the schema up to `revision`; its objects belong to `role` when one is given."""
    with _session(url, role) as config:
        _require_locks(config, url, revision)
        _run(config, revision)


def downgrade(url: sa.URL, revision: str, *, role: str | None = None) -> None:
    """Bring the schema down to `revision` ("base" removes it). Raises IrreversibleRevision before anything is done."""
    with _session(url, role) as config:
        _refuse_irreversible(config.attributes["connection"], revision)
        _require_locks(config, url, revision, down=True)
        _run(config, revision, down=True)


def offline_sql(start: str, end: str) -> str:
    """The SQL from `start` to `end` ("base" for nothing), with the same timeouts, for review, psql and squawk."""
    config = alembic_config()
    config.attributes["output_buffer"] = buffer = io.StringIO()
    buffer.writelines(f"{setting};\n" for setting in BOUNDS)
    _run(config, end, offline_from=start)
    return buffer.getvalue()


def _run(config: Config, target: str, *, down: bool = False, offline_from: str | None = None) -> None:
    """Alembic's upgrade or downgrade, with the revisions that are imported already.

    offline_from: write the SQL from that revision on instead.
    """
    script = scripts()
    between = script._downgrade_revs if down else script._upgrade_revs
    offline = {"as_sql": True, "starting_rev": offline_from} if offline_from else {}
    with EnvironmentContext(
        config, script, fn=lambda at, context: between(target, at), destination_rev=target, **offline
    ):
        script.run_env()


@contextmanager
def _session(url: sa.URL, role: str | None) -> Iterator[Config]:
    """A bounded session that holds the migration lock. Raises MigrationBlocked, MigrationFailed or UnknownRevision."""
    try:
        with open_engine(url, role=role) as engine, engine.connect() as connection:
            _take_turn(connection)
            for setting in BOUNDS:
                connection.exec_driver_sql(setting)
            connection.commit()
            config = alembic_config()
            config.attributes["connection"] = connection
            yield config
            connection.commit()
    except CommandError as error:
        raise UnknownRevision(
            f"Database {url.database} cannot be migrated: {error}. "
            "Use the release that wrote that revision, or name one of this checkout."
        ) from error
    except sa.exc.DBAPIError as error:
        raise _refusal(url, error) from error


def _take_turn(connection: sa.Connection) -> None:
    """Wait for other migrations of this database; one at a time holds the lock."""
    connection.exec_driver_sql(f"SET lock_timeout = '{TURN_TIMEOUT_MS}ms'")
    connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})


def _refuse_irreversible(connection: sa.Connection, revision: str) -> None:
    at, declared = MigrationContext.configure(connection).get_current_revision(), irreversible()
    for script in scripts().iterate_revisions(at, revision) if at else ():
        if script.revision in declared:
            raise IrreversibleRevision(
                f"Revision {script.revision} cannot be undone: {declared[script.revision]} "
                f"The database stays at {at}; restore a backup to go further back."
            )


def _require_locks(config: Config, url: sa.URL, target: str, *, down: bool = False) -> None:
    """Raise TooFewLocks if a revision on the way would run out of locks; of an unknown revision Alembic says more."""
    connection = config.attributes["connection"]
    at = MigrationContext.configure(connection).get_current_revision()
    upper, lower = (at, target) if down else (target, at)
    with suppress(CommandError, RevisionError):
        between = [script.revision for script in scripts().iterate_revisions(upper, lower)]
        require_locks(connection, url.database, between, down=down)
    connection.rollback()


def _refusal(url: sa.URL, error: sa.exc.DBAPIError) -> DatabaseError:
    code, said = getattr(error.orig, "pgcode", None), " ".join(str(error.orig).split())
    if code == LOCK_NOT_AVAILABLE:
        return MigrationBlocked(
            f"A migration of database {url.database} waited over {LOCK_TIMEOUT_MS // 1000} s for a lock "
            f"(or {TURN_TIMEOUT_MS // 1000} s for another migration); nothing of that revision was kept. "
            "End the session that holds the lock (see pg_locks) and run it again."
        )
    if code == QUERY_CANCELED:
        return MigrationBlocked(
            f"A statement of a migration of database {url.database} was ended after "
            f"{STATEMENT_TIMEOUT_MS // 1000} s (or by an administrator); nothing of that revision was kept. "
            "Run it again when the database is less busy."
        )
    return MigrationFailed(
        f"A migration of database {url.database} was refused: {said}. Nothing of that revision was kept; "
        "mend what it names and run it again."
    )

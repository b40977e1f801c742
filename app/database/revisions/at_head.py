"""Requires that a database's schema is the one of this checkout, of a command at once or of each new connection."""

from __future__ import annotations

from typing import Any

import psycopg2.errors
import sqlalchemy as sa

from app.database.engine import connected
from app.database.errors import DatabaseError
from app.database.revisions.latest import VERSION_TABLE, latest, named_revisions, recorded
from app.typed import typed

LOCK_WAIT_MS = 10_000
"""A stranger's lock on the table of revisions is waited for so long; a migration here holds it for moments."""


class NotAtHead(DatabaseError):
    """The database has not this checkout's schema."""

    code = "NOT_AT_HEAD"

    def __init__(self, message: str, found: str | None, wanted: str, remedy: str) -> None:
        """found: the database's revision, None without a schema. remedy: the command that mends it."""
        super().__init__(message)
        self.found, self.wanted, self.remedy = found, wanted, remedy


def require_head(url: sa.URL, remedy: str = "") -> None:
    """Raises NotAtHead unless the database's schema is this checkout's. A login that may not read it is let through.

    remedy: the command that mends it; by default `bootstrap` with the same settings.
    """
    try:
        with connected(url) as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}")
            found, wanted = recorded(connection), latest()
    except sa.exc.ProgrammingError:
        return
    if found != wanted:
        raise not_at_head(url, found, wanted, remedy)


def not_at_head(url: sa.URL, found: str | None, wanted: str, remedy: str) -> NotAtHead:
    """The error, in one sentence: an older schema is brought to head, one of a newer release needs that release."""
    if found is not None and found not in named_revisions():
        said = (
            f"The database {url.database} is at revision {found}, which this checkout does not have (its newest is "
            f"{wanted}): use the release that brought it there."
        )
        return NotAtHead(said, found, wanted, remedy)
    state = "has no schema yet" if found is None else f"is at revision {found}, and this checkout needs {wanted}"
    mend = remedy or f"{typed('bootstrap')} with the same URL"
    return NotAtHead(f"The database {url.database} {state}: run {mend}.", found, wanted, remedy or typed("bootstrap"))


def refuse_older(engine: sa.Engine, wanted: str, remedy: str = "") -> None:
    """Let the engine make no connection to a database without schema, or with one older than this checkout's.

    Each new connection is asked, so that nothing has to be asked for each statement, and a migration is noticed at the
    next attempt. A newer schema is let through, because an API of the release before goes on while it is replaced.
    """

    def compare(connection: Any, _: object) -> None:
        found = recorded_by(connection)
        if found is None or is_older(found, wanted):
            connection.close()
            raise not_at_head(engine.url, found, wanted, remedy)

    sa.event.listen(engine, "connect", compare)


def is_older(found: str, wanted: str) -> bool:
    """True for a revision of this checkout that comes before the wanted one."""
    known = named_revisions()
    return found in known and (wanted not in known or known.index(found) < known.index(wanted))


def recorded_by(connection: Any) -> str | None:
    """The revision that the database of a driver's connection is at; the newest one if the login may not read it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", (VERSION_TABLE,))
            if cursor.fetchone() == (None,):
                return None
            cursor.execute(f"SELECT version_num FROM {VERSION_TABLE}")
            return ", ".join(version for (version,) in cursor.fetchall()) or None
    except psycopg2.errors.InsufficientPrivilege:
        return latest()
    finally:
        connection.rollback()

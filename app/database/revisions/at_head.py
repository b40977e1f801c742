"""Requires that the database's schema is the one of this checkout."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.engine import connected
from app.database.errors import DatabaseError
from app.database.revisions.latest import latest, recorded
from app.typed import typed


class NotAtHead(DatabaseError):
    """The database has not this checkout's schema."""

    code = "NOT_AT_HEAD"


def require_head(url: sa.URL, remedy: str = "") -> None:
    """Raises NotAtHead unless the database's schema is this checkout's. A login that may not read it is let through.

    remedy: the command that mends it; by default `bootstrap` with the same settings.
    """
    try:
        with connected(url) as connection:
            found, wanted = recorded(connection), latest()
    except sa.exc.ProgrammingError:
        return
    if found != wanted:
        state = "has no schema yet" if found is None else f"is at revision {found}, and this checkout needs {wanted}"
        mend = remedy or f"{typed('bootstrap')} with the same DATABASE_URL"
        raise NotAtHead(f"The database {url.database} {state}: run {mend}.")

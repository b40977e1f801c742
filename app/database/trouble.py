"""One sentence for a database error that the user can correct."""

from __future__ import annotations

from typing import Any

import psycopg2
import sqlalchemy as sa

from app.typed import typed

LOST = ("08", "57P")
"""SQLSTATEs, or their prefixes, of a lost connection; the driver's own errors of that kind have none."""
NO_SCHEMA = ("42P01", "3F000")
"""SQLSTATEs of a missing table or schema. A missing column or function at head is a fault of this program."""
STANDBY, NO_PRIVILEGE, CANCELLED = "25006", "42501", "57014"
PASSING = ("40001", "40P01", "55P03", CANCELLED)
RESOURCES = "53"


def explained_database(error: BaseException) -> str | None:
    """One sentence with the refusal and the remedy; None for an error that is a fault of this program."""
    if not isinstance(error, sa.exc.DBAPIError | psycopg2.Error):
        return None
    original: Any = getattr(error, "orig", None) or error
    code = getattr(original, "pgcode", None) or ""
    said = " ".join((getattr(original.diag, "message_primary", None) or str(original)).split()).rstrip(".")
    if code.startswith(LOST) or (
        not code
        and isinstance(original, psycopg2.OperationalError | psycopg2.InterfaceError)
        and not str(original).startswith("cursor")
    ):
        return (
            f"The connection to the database was lost: {said}. What it had not committed is undone; "
            "run the command again once the server answers."
        )
    if code == STANDBY:
        return "The database is a standby, which cannot be written to: name the primary in DATABASE_URL."
    if code in NO_SCHEMA:
        return (
            f"The database has not this version's schema ({said}): run {typed('bootstrap')} with the same DATABASE_URL."
        )
    if code == NO_PRIVILEGE:
        return f"The database's login lacks a privilege ({said}): run {typed('bootstrap')} as its administrator."
    if code in PASSING:
        return f"The database gave the statement up ({said}): run the command again."
    if code.startswith(RESOURCES):
        return f"The database server is short of space, memory or connections ({said}): free some and run it again."
    return None

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
LOST_CONNECTION = (
    "The connection to the database was lost, and what it had not committed is undone: run the command again once the "
    "server answers"
)


def explained_database(error: BaseException) -> str | None:
    """One sentence with the refusal and the remedy; None for an error that is a fault of this program."""
    if not isinstance(error, sa.exc.DBAPIError | psycopg2.Error):
        return None
    original: Any = getattr(error, "orig", None) or error
    code = getattr(original, "pgcode", None) or ""
    said = " ".join((getattr(original.diag, "message_primary", None) or str(original)).split()).rstrip(".")
    is_lost = code.startswith(LOST) or (
        not code
        and isinstance(original, psycopg2.OperationalError | psycopg2.InterfaceError)
        and not str(original).startswith("cursor")
    )
    sentence = LOST_CONNECTION if is_lost else _sentence_of(code)
    return None if sentence is None else f"{sentence} (PostgreSQL says “{said}”)."


def _sentence_of(code: str) -> str | None:
    """Refusal and remedy by SQLSTATE."""
    if code == STANDBY:
        return "The database is a standby, which cannot be written to: name the primary in its URL"
    if code in NO_SCHEMA:
        return f"The database has not this version's schema: run {typed('bootstrap')} with the same URL"
    if code == NO_PRIVILEGE:
        return (
            "The login of the database's URL lacks a privilege: name one that has it, or let an administrator run "
            f"{typed('bootstrap')}"
        )
    if code in PASSING:
        return "The database gave the statement up: run the command again"
    if code.startswith(RESOURCES):
        return "The database server is short of space, memory or connections: free some and run it again"
    return None


def sentence_of(error: BaseException) -> str:
    """One sentence for any error: never with a statement, which its reader did not write."""
    explained = explained_database(error)
    if explained is not None:
        return explained
    said = " ".join(str(getattr(error, "orig", None) or error).split())
    is_ours = type(error).__module__.startswith("app.")
    return said if is_ours and said else f"{type(error).__name__}: {said}".rstrip(": ")

"""One sentence for a connection that was not made: its cause, its remedy, and what PostgreSQL says.

A refusal at the start of a session reaches the drivers without SQLSTATE, so its cause is found by the server's words.
Words in another language than English get the cause and remedy of any refusal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from app.database.errors import ServerUnreachable
from app.typed import typed


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind of refusal; `words` are PostgreSQL's, `cause` and `remedy` may name their groups."""

    words: re.Pattern[str]
    cause: str
    remedy: str


def _refusal(words: str, cause: str, remedy: str) -> Refusal:
    return Refusal(re.compile(words), cause, remedy)


URLS = "DATABASE_URL or a plant's own"
NO_LOGIN = _refusal(
    'role "(?P<login>[^"]*)" (?:does not exist|is not permitted to log in)',
    "the server has no such login",
    f"correct the login in the URL, {URLS}",
)
REFUSALS = (
    _refusal(
        'permission denied to set role "(?P<role>[^"]*)"',
        "this login may not act as the role {role}",
        'name a login that may, or let an administrator run GRANT "{role}" TO "{login}"',
    ),
    _refusal(
        r'role "(?P<role>[^"]*)" does not exist|invalid value for parameter "role": "(?P<role_17>[^"]*)"',
        "the server lacks the role {role}",
        f"correct ROLE_PREFIX, or let an administrator run {typed('bootstrap')}",
    ),
    _refusal(
        "authentication failed|no password supplied|no pg_hba.conf entry|pg_hba.conf rejects",
        "the server does not accept this login from here",
        f"correct login and password in the URL, {URLS}, or the server's pg_hba.conf",
    ),
    _refusal(
        'database "[^"]*" does not exist',
        "the server has no such database",
        f"correct its name in the URL, {URLS}, or let an administrator run {typed('bootstrap')}",
    ),
    _refusal(
        'permission denied for database|database "[^"]*" is not currently accepting connections',
        "this login may not connect to the database",
        "let an administrator allow it (GRANT CONNECT, ALLOW_CONNECTIONS), or name another database",
    ),
    _refusal(
        "too many clients|too many connections|remaining connection slots|out of shared memory|too many sessions",
        "all the connections that it allows are taken",
        "wait, end some that are not needed, or let an administrator allow more (max_connections, CONNECTION LIMIT)",
    ),
    _refusal(
        "is starting up|is shutting down|in recovery mode|not yet accepting|administrator command",
        "the server is starting or stopping",
        "try again in a moment",
    ),
    _refusal(
        "hot standby mode|session is (?:not )?read-only",
        "no server named there is of the kind that target_session_attrs asks for",
        f"correct the URL, {URLS}, or wait until a standby is promoted",
    ),
    _refusal(
        "SSL|certificate|GSSAPI",
        "client and server do not agree about encryption",
        f"correct sslmode and the certificates in the URL, {URLS}, or at the server",
    ),
    _refusal(
        "FATAL:|expected authentication request|startup packet",
        "the server refuses it",
        f"correct what it names, in the URL, {URLS}, or at the server",
    ),
    _refusal(
        "could not translate host name",
        "no machine of that name is known here",
        f"correct the host in the URL, {URLS}, or wait until names can be looked up again",
    ),
)
SILENCE = _refusal(
    "",
    "the server does not answer",
    f"check that it runs and that the URL names it, {URLS} (docs/configuration.md)",
)


def unreachable(url: sa.URL, cause: BaseException) -> ServerUnreachable:
    """The error: address, cause, remedy, and PostgreSQL's words apart. Never the password."""
    reason = " ".join(str(cause).split()) or type(cause).__name__
    if url.password:
        reason = reason.replace(str(url.password), "***")
    place = f"{url.host or 'the local socket'}:{url.port or 5432}/{url.database or ''}"
    login = url.username or "the current user"
    kind, role = _kind_of(reason, login)
    named = {"role": role, "login": login}
    return ServerUnreachable(
        f"No connection to PostgreSQL at {place} as {login}, because {kind.cause.format_map(named)}: "
        f"{kind.remedy.format_map(named)} (PostgreSQL says “{reason}”)."
    )


def _kind_of(reason: str, login: str) -> tuple[Refusal, str]:
    """The kind of refusal, and the role that it names."""
    missing = NO_LOGIN.words.search(reason)
    if missing and (missing["login"] == login or "log in" in missing[0]):
        return NO_LOGIN, ""
    for kind in REFUSALS:
        found = kind.words.search(reason)
        if found:
            return kind, next((role for role in found.groupdict().values() if role), "")
    return SILENCE, ""

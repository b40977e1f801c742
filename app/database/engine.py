"""Engines with one role each, and the requirements of a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

from app.database.errors import UnfitServer
from app.database.session_settings import RELIED_ON, as_options, end_without_timeout, hide_libpq_variables
from app.database.unmade_connection import unreachable
from app.database.urls import normalise

LEAST_VERSION_NUM = 150_000
CONNECT_TIMEOUT_S = 10
KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""TCP keepalive for libpq: a dead server is detected within a minute, not in two hours. Meanwhile its client would hold
a plant's lock and the jobs behind it. Seconds, a count, and for the last one milliseconds."""

ROLE_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def make_engine(url: str | sa.URL, *, role: str | None = None, **kw: Any) -> sa.Engine:
    """An engine for the URL whose connections act as `role`; further arguments go to `sqlalchemy.create_engine`.

    Each session has the settings of RELIED_ON, unless the URL's own options name others.

    Parameters are kept out of error messages, because they hold people's names.
    A connection that cannot be made raises ServerUnreachable (not SQLAlchemy's OperationalError);
    ValueError if `role` is not a plain lower-case name.
    """
    target = normalise(url)
    hide_libpq_variables()
    options = as_options(RELIED_ON)
    if isinstance(target.query.get("options"), str):
        options.append(str(target.query["options"]))
    if role is not None:
        if not ROLE_NAME.fullmatch(role):
            raise ValueError(f"{role!r} is not a plain role name")
        options.append(f"-c role={role}")
    connect_args = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "prodplan", **KEEPALIVE}
    connect_args |= {"options": " ".join(options)} | kw.pop("connect_args", {})
    # The schema has no hstore, which each new connection would look for in the catalogue.
    engine = sa.create_engine(
        target, **{"hide_parameters": True, "use_native_hstore": False, **kw}, connect_args=connect_args
    )
    sa.event.listen(engine, "connect", end_without_timeout)
    sa.event.listen(engine, "handle_error", connection_refusal, retval=True)
    return engine


@contextmanager
def open_engine(url: str | sa.URL, *, role: str | None = None, **kw: Any) -> Iterator[sa.Engine]:
    """An engine of make_engine for the block; its connections are closed after it."""
    engine = make_engine(url, role=role, **kw)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def connected(url: str | sa.URL, *, role: str | None = None, **kw: Any) -> Iterator[sa.Connection]:
    """One connection in one transaction, which is committed at the block's end; the connection is closed after it."""
    with open_engine(url, role=role, **kw) as engine, engine.begin() as connection:
        yield connection


def connection_refusal(context: ExceptionContext) -> BaseException | None:
    """Turn a failure to connect into ServerUnreachable; every other error passes as it is.

    A pool's ping of a dead connection is no failure to connect: the pool just connects anew.
    """
    is_connect = context.connection is None and not context.is_pre_ping
    if not is_connect or not isinstance(context.sqlalchemy_exception, OperationalError):
        return None
    assert context.engine is not None  # a dialect's own connect errors always come with their engine
    return unreachable(context.engine.url, context.original_exception)


@dataclass(frozen=True)
class ServerFacts:
    """Facts of a server, read at one moment; `version` is without the packager's suffix."""

    version: str
    version_num: int
    encoding: str
    can_create_databases: bool
    can_create_roles: bool
    in_recovery: bool
    user: str


FACTS = sa.text("""
    SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
           current_setting('server_version_num')::integer AS version_num,
           pg_encoding_to_char(database.encoding) AS encoding,
           role.rolcreatedb OR role.rolsuper AS can_create_databases,
           role.rolcreaterole OR role.rolsuper AS can_create_roles,
           pg_is_in_recovery() AS in_recovery,
           current_user::text AS "user"
      FROM pg_database AS database, pg_roles AS role
     WHERE database.datname = current_database() AND role.rolname = current_user
""")


def check_server(engine: sa.Engine) -> ServerFacts:
    """Read the facts of the server. Raises ServerUnreachable."""
    with engine.connect() as connection:
        return ServerFacts(**connection.execute(FACTS).mappings().one())


def require_postgresql_15(facts: ServerFacts) -> None:
    """Raises UnfitServer unless the server is PostgreSQL 15 or newer, writable, and its database UTF-8."""
    if facts.version_num < LEAST_VERSION_NUM:
        raise UnfitServer(f"PostgreSQL 15+ is required; this server is {facts.version}. Upgrade it or use another.")
    if facts.encoding != "UTF8":
        raise UnfitServer(
            f"The database's encoding is {facts.encoding}; it must be UTF8. Create it with ENCODING 'UTF8'."
        )
    if facts.in_recovery:
        raise UnfitServer("The server is a standby, which cannot be written to. Name the primary instead.")


def require_scratch_privileges(facts: ServerFacts) -> None:
    """Raises UnfitServer unless the login may create the gate's scratch databases and roles."""
    lacking = [
        name
        for name, held in (("CREATEDB", facts.can_create_databases), ("CREATEROLE", facts.can_create_roles))
        if not held
    ]
    if lacking:
        raise UnfitServer(
            f"The login {facts.user} lacks {' and '.join(lacking)}, which scratch databases and roles need. "
            f'Let an administrator run: ALTER ROLE "{facts.user}" {" ".join(lacking)};'
        )

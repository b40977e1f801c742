"""Scratch databases: created, cloned from a template, and dropped in any case."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import psycopg2.errors
import sqlalchemy as sa

from app.database.engine import make_engine

TRIES = 4
"""Most attempts at a database in which somebody is."""


def quoted(name: str) -> str:
    """A name as a quoted SQL identifier, for `exec_driver_sql`."""
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def create_database(server_url: sa.URL, name: str, *, template: str | None = None) -> sa.URL:
    """Create a UTF-8 database, a copy of `template` if given (without connections to it); returns its URL."""
    source = f"{quoted(template)} STRATEGY FILE_COPY" if template else "template0 ENCODING 'UTF8'"
    _once_left(server_url, f"CREATE DATABASE {quoted(name)} TEMPLATE {source}")
    return server_url.set(database=name)


def drop_database(server_url: sa.URL, name: str) -> None:
    """Drop a database and end its sessions; a missing one is no error."""
    dropping = f"DROP DATABASE IF EXISTS {quoted(name)}"
    try:
        _once_left(server_url, f"{dropping} WITH (FORCE)")
    except sa.exc.ProgrammingError as refused:
        if not isinstance(refused.orig, psycopg2.errors.InsufficientPrivilege):
            raise
        # A login that is no superuser may not end a worker of autovacuum; without FORCE PostgreSQL ends that by itself.
        _once_left(server_url, dropping)


@contextmanager
def scratch_database(server_url: sa.URL, template: str | None = None, prefix: str = "scratch") -> Iterator[sa.URL]:
    """A database with a unique name, dropped when the block ends."""
    name = f"{prefix}_{secrets.token_hex(6)}"
    url = create_database(server_url, name, template=template)
    try:
        yield url
    finally:
        drop_database(server_url, name)


def _once_left(server_url: sa.URL, statement: str) -> None:
    """Execute a statement that waits until nobody is in a database.

    PostgreSQL ends its own workers there, and waits five seconds; on a busy machine they may take longer.
    """
    for _ in range(TRIES - 1):
        try:
            return _execute(server_url, statement)
        except sa.exc.OperationalError as refused:
            if not isinstance(refused.orig, psycopg2.errors.ObjectInUse):
                raise
    return _execute(server_url, statement)


def _execute(server_url: sa.URL, statement: str) -> None:
    with _administrator(server_url).connect() as connection:
        connection.exec_driver_sql(statement)


@lru_cache(maxsize=16)
def _administrator(server_url: sa.URL) -> sa.Engine:
    """An engine without connections of its own: it asks a server's facts once, not before each statement."""
    return make_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

"""Chooses and normalises the database URL: the host rules of docs/configuration.md."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.config import Settings
from app.database.errors import LocalhostInDocker, UnsupportedDatabase

__all__ = ["LocalhostInDocker", "UnsupportedDatabase", "explicit_url", "is_localhost", "normalise", "read_url"]

REFUSAL = "PostgreSQL 15+ is required. SQLite is not supported."
UNREADABLE = "The database URL cannot be read; write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
DIALECT = "postgresql+psycopg2"
BACKENDS = frozenset({"postgres", "postgresql"})
"""Schemes of PostgreSQL; a driver after a plus sign is replaced by psycopg2."""

COMPOSE_HOST = "db"
"""The database's service name in docker-compose.yml."""


def is_postgresql(scheme: str) -> bool:
    return scheme.partition("+")[0].lower() in BACKENDS


def normalise(url: str | sa.URL) -> sa.URL:
    """The URL with the psycopg2 dialect; postgres://, postgresql:// and postgresql+DRIVER:// are the same.

    Raises UnsupportedDatabase for every other scheme, and for a text that is no URL.
    """
    if isinstance(url, str):
        scheme, separator, _ = url.strip().partition("://")
        if separator and not is_postgresql(scheme):
            raise UnsupportedDatabase(REFUSAL)
        try:
            url.encode()  # bytes of the environment that are not UTF-8 would break the driver
            parsed = make_url(url.strip())
        except (ArgumentError, ValueError):
            # The text may hold a password, so neither it nor the cause is repeated.
            raise UnsupportedDatabase(UNREADABLE) from None
    else:
        parsed = url
    if not is_postgresql(parsed.drivername):
        raise UnsupportedDatabase(REFUSAL)
    return parsed.set(drivername=DIALECT)


def is_localhost(host: str | None) -> bool:
    """True if a host name always means the machine (or container) itself."""
    if host is None:
        return False
    name = host.strip("[]").rstrip(".").lower()
    return name in {"localhost", "::1", "0:0:0:0:0:0:0:1"} or name.startswith("127.")


def hosts_of(url: sa.URL) -> tuple[str, ...]:
    """The hosts that the URL names: before the path, or as `?host=` (libpq takes both, and lists)."""
    query = url.query.get("host", ())
    listed = (query,) if isinstance(query, str) else tuple(query)
    return tuple(host for text in (url.host or "", *listed) for host in text.split(",") if host)


def explicit_url(settings: Settings) -> sa.URL | None:
    """The URL that the settings name, or None when they leave the choice to the providers.

    DATABASE_URL outranks the others; in Docker DATABASE_URL_DOCKER is next, elsewhere DATABASE_URL_HOST.
    In Docker a URL to localhost is rewritten to the host `db`.
    Raises UnsupportedDatabase, and LocalhostInDocker when DATABASE_URL_DOCKER itself says localhost.
    """
    own = settings.database_url_docker if settings.in_docker else settings.database_url_host
    if settings.in_docker and own is not None and any(map(is_localhost, hosts_of(normalise(own.get_secret_value())))):
        raise LocalhostInDocker(
            "DATABASE_URL_DOCKER says localhost, which inside a container is the container itself; "
            f"name the database's service instead, e.g. postgresql://USER:PASSWORD@{COMPOSE_HOST}:5432/DATABASE."
        )
    chosen = settings.database_url or own
    if chosen is None:
        return None
    url = normalise(chosen.get_secret_value())
    return reached_from_docker(url) if settings.in_docker else url


def read_url(settings: Settings) -> sa.URL | None:
    """The URL of the standby to read from, if one is set. Raises UnsupportedDatabase."""
    if settings.database_read_url is None:
        return None
    url = normalise(settings.database_read_url.get_secret_value())
    return reached_from_docker(url) if settings.in_docker else url


def reached_from_docker(url: sa.URL) -> sa.URL:
    """The URL with every localhost in it replaced by compose's host name."""
    if url.host:
        url = url.set(host=",".join(COMPOSE_HOST if is_localhost(host) else host for host in url.host.split(",")))
    if "host" in url.query:
        given = url.query["host"]
        listed = (given,) if isinstance(given, str) else given
        hosts = tuple(
            ",".join(COMPOSE_HOST if is_localhost(host) else host for host in text.split(",")) for text in listed
        )
        url = url.update_query_dict({"host": hosts if len(hosts) > 1 else hosts[0]})
    return url

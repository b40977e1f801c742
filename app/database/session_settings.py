"""Settings of each database session, independent of the database's, the login's and the shell's settings.

Otherwise `ALTER DATABASE … SET`, `ALTER ROLE … SET` or libpq's PG* variables could make a transaction read-only, set a
timeout or another encoding, and break a command.
"""

from __future__ import annotations

import os
from typing import Any

RELIED_ON = {
    "client_encoding": "UTF8",
    "search_path": "public",
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "default_transaction_read_only": "off",
    "default_transaction_isolation": "read committed",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}
"""Settings of a session by name. The options of DATABASE_URL have precedence."""

SINCE_17 = "SET transaction_timeout = 0"
"""A setting that older servers refuse; options are sent before the version is known."""

LIBPQ_VARIABLES = (
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSYSCONFDIR",
    "PGOPTIONS",
    "PGAPPNAME",
    "PGCLIENTENCODING",
    "PGDATESTYLE",
    "PGTZ",
    "PGGEQO",
    "PGCONNECT_TIMEOUT",
    "PGTARGETSESSIONATTRS",
    "PGLOADBALANCEHOSTS",
)
"""Variables from which libpq completes a URL. Those of passwords, certificates and Kerberos are kept."""


def hide_libpq_variables() -> None:
    """Remove these variables from this process's environment: only the settings name the database."""
    for name in LIBPQ_VARIABLES:
        os.environ.pop(name, None)


def as_options(settings: dict[str, str]) -> list[str]:
    """The settings in libpq's form, one `-c name=value` each."""
    return [f"-c {name}=" + value.replace(" ", r"\ ") for name, value in settings.items()]


def end_without_timeout(connection: Any, _: object) -> None:
    """Handler of SQLAlchemy's event `connect`: sets no transaction timeout where the server has one."""
    if connection.server_version >= 170_000:
        with connection.cursor() as cursor:
            cursor.execute(SINCE_17)
        connection.commit()

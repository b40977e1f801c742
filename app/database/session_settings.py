"""Settings of each database session, whatever the database, the login or the shell say.

`ALTER DATABASE … SET`, `ALTER ROLE … SET` and libpq's PG* variables are other people's defaults: a read-only
transaction, a time-out or another client encoding among them would break a command in the middle.
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
"""Settings of a session by name. The options of DATABASE_URL, being meant for this backend, outrank them."""

SINCE_17 = "SET transaction_timeout = 0"
"""An older server refuses this setting, and options are sent before the version is known."""

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
"""Variables with which libpq fills in what a URL leaves out. Passwords, certificates and Kerberos are left alone."""


def hide_libpq_variables() -> None:
    """Take these variables out of this process's environment: the settings of PRODPLAN name the database."""
    for name in LIBPQ_VARIABLES:
        os.environ.pop(name, None)


def as_options(settings: dict[str, str]) -> list[str]:
    """The settings in libpq's form, one `-c name=value` each."""
    return [f"-c {name}=" + value.replace(" ", r"\ ") for name, value in settings.items()]


def end_without_timeout(connection: Any, _: object) -> None:
    """For SQLAlchemy's event `connect`: no limit to a transaction, on a server that knows one."""
    if connection.server_version >= 170_000:
        with connection.cursor() as cursor:
            cursor.execute(SINCE_17)
        connection.commit()

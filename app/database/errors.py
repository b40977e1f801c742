"""Errors between a command and its PostgreSQL; each has a stable code and one sentence for the user."""

from __future__ import annotations


class DatabaseError(Exception):
    """An error between a command and its database; its subclasses say which."""

    code = "DATABASE_ERROR"


class UnsupportedDatabase(DatabaseError):
    """A URL or a server that is not PostgreSQL 15 or newer, or a URL that cannot be read."""

    code = "UNSUPPORTED_DATABASE"


class LocalhostInDocker(DatabaseError):
    """DATABASE_URL_DOCKER names localhost, which inside a container is the container itself."""

    code = "LOCALHOST_IN_DOCKER"


class ServerUnreachable(DatabaseError):
    """No connection to the server could be made."""

    code = "SERVER_UNREACHABLE"


class UnfitServer(DatabaseError):
    """The server does not meet the requirements: version, encoding, standby, or missing privileges."""

    code = "UNFIT_SERVER"


class ProviderUnavailable(DatabaseError):
    """A way to a PostgreSQL cannot be used here; `reason` is one line."""

    code = "PROVIDER_UNAVAILABLE"

    def __init__(self, provider: str, reason: str) -> None:
        super().__init__(f"PostgreSQL by {provider} is not available: {reason}")
        self.provider = provider
        self.reason = reason


class ServerDidNotStart(DatabaseError):
    """The server's binaries are there, but initdb or postgres failed; the message has the last lines of its log."""

    code = "SERVER_DID_NOT_START"


class ContainerFailed(ServerDidNotStart):
    """A container was started, and its PostgreSQL or the Docker engine behind it cannot be used."""

    code = "CONTAINER_FAILED"


class DiskFull(ServerDidNotStart):
    """No space is left where the server's data must go."""

    code = "DISK_FULL"


class LocalServerBusy(DatabaseError):
    """The persistent server cannot be stopped or started because another command holds it."""

    code = "LOCAL_SERVER_BUSY"

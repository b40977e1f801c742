"""The triage category and the remedy of an exception of this backend that brings none of its own."""

from __future__ import annotations

CATEGORY_BY_SQLSTATE_CLASS = {
    "08": "ENV",  # connection exception
    "22": "DATA_INTEGRITY",  # data exception
    "23": "DATA_INTEGRITY",  # integrity constraint violation
    "28": "ENV",  # invalid authorisation
    "3D": "ENV",  # no such database
    "42": "MIGRATIONS",  # syntax error, undefined object, insufficient privilege
    "53": "ENV",  # insufficient resources: disk, memory, connections
    "55": "MIGRATIONS",  # lock not available, object in use
    "57": "ENV",  # operator intervention: shutdown, crash
    "58": "ENV",  # system error
}
"""Classes of SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) and where to look first."""

MIGRATION_ROOMS = {
    "app.database.from_zero",
    "app.database.revisions.migrate",
    "app.database.access.ownership",
}


def sqlstate_of(exception: BaseException) -> str | None:
    """SQLSTATE of a driver error, or of the driver error that SQLAlchemy wrapped; None when there is none."""
    for candidate in (exception, getattr(exception, "orig", None)):
        state = getattr(candidate, "pgcode", None)
        if isinstance(state, str):
            return state
    return None


def of_docker(exception: BaseException) -> bool:
    """Return True if the Docker engine or a container is at fault: missing, hanging, refusing, or broken off."""
    is_library = type(exception).__module__.partition(".")[0] in ("docker", "testcontainers")
    is_provider = getattr(exception, "provider", None) == "testcontainers"
    return is_library or is_provider or type(exception).__name__ == "ContainerFailed"


def category_of(exception: BaseException) -> str | None:
    """Triage category by SQLSTATE, by the module of its class, or by its kind; None leaves the check's own."""
    state = sqlstate_of(exception)
    if state is not None:
        return CATEGORY_BY_SQLSTATE_CLASS.get(state[:2])
    module = type(exception).__module__
    if of_docker(exception):
        return "DOCKER"
    if module.startswith(("psycopg2", "sqlalchemy")) and type(exception).__name__ == "OperationalError":
        return "ENV"
    if module == "app.workbook.errors" or module.startswith("app.ingestion"):
        return "INGESTION"
    if module in MIGRATION_ROOMS:
        return "MIGRATIONS"
    if module.startswith("app.database"):
        return "ENV"
    if module.startswith("app.performance"):
        return "PERFORMANCE"
    if module.startswith("app.api"):
        return "SERVICES"
    if isinstance(exception, MemoryError) or (isinstance(exception, OSError) and exception.errno == 28):
        return "ENV"
    return None


SERVER_GONE = [
    "The PostgreSQL that the gate used is gone: see whether it was stopped, killed or out of memory or disk "
    "(dmesg, df -h, df -h /dev/shm).",
    "Run the gate again where it can stay up, or on a server of yours: DATABASE_URL=… with --postgres external.",
]

NO_DOCKER = [
    "See whether the engine answers: docker version. Start it (systemctl start docker), let this user reach it "
    "(usermod -aG docker USER, then log in again), or set DOCKER_HOST to one that answers.",
    "If an image is named in the root cause: docker pull it, or set POSTGRES_IMAGE to one that this machine has.",
    "Or prove without Docker: leave out --postgres testcontainers, or give --postgres embedded.",
]

REMEDY_BY_NAME = {
    "ReconciliationFailed": [
        "The root cause names the sheet and both sides of the identity that does not hold: look for a join or filter "
        "that loses or multiplies its rows, in app/ingestion/sheets/rejection.py and fill_statement of partitions.py.",
        "git log -p app/ingestion shows what changed last.",
    ],
    "WorkbookRefused": [
        "Export the workbook again with what the root cause names, or give the right file: --workbook=FILE.",
    ],
    "ServerError": [
        "Read the last lines in the root cause: a traceback or a restarted worker there is the cause. Without one, "
        "start the API by hand: make serve.",
        "If its processes had little processor time, the machine was too busy: run the gate again when it is quiet.",
    ],
    "SchemaDrift": [
        "Each difference in the root cause reads: what head has, what app/database/schema says. Mend the migration if "
        "it is not released yet, else add one; correct the metadata if that is what is wrong.",
    ],
}
"""Remedies of faults whose kind says where they come from."""


def remedy_of(exception: BaseException) -> list[str] | None:
    """Return the remedy of a fault that brings its own; every other one has its check's fix."""
    if type(exception).__name__ in REMEDY_BY_NAME:
        return REMEDY_BY_NAME[type(exception).__name__]
    if of_docker(exception):
        return NO_DOCKER
    is_connection = type(exception).__name__ in ("OperationalError", "InterfaceError", "ServerUnreachable")
    state = sqlstate_of(exception)
    if is_connection and (state is None or state[:2] in ("08", "57")):
        return SERVER_GONE
    return None

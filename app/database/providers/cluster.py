"""A database cluster made by initdb, served by postgres on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import secrets
import shlex
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.database.errors import DiskFull, ServerDidNotStart
from app.database.providers import keeper
from app.database.providers.accounts import Account
from app.database.providers.binaries import Binaries
from app.database.providers.keeper_client import Keeper
from app.database.urls import DIALECT

LOOPBACK = "127.0.0.1"
SUPERUSER = "postgres"
INITDB_DEADLINE_S = 120.0
START_DEADLINE_S = 120.0
"""Includes the crash recovery of a persistent server."""
START_TRIES = 8
TAKEN = b"could not bind"
PASSING = (TAKEN, b"File exists")
"""Messages of failed starts that a second attempt may avoid: a port taken meanwhile, and files that the last
processes of a killed server wrote while the new one reset its UNLOGGED tables."""
POLL_S = 0.01
READY_LINE = 7
PORT_LINE = 3
"""Line of the port in postmaster.pid, from zero (src/include/utils/pidfile.h)."""
LOG_TAIL_LINES = 6

COMMON = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "minimal",  # COPY into a run's new tables then skips the WAL
    "max_wal_senders": "0",
    "max_connections": "120",
    "max_locks_per_transaction": "256",  # every run brings fourteen partitions, and a change of schema locks them all
    "shared_buffers": "192MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "huge_pages": "off",
    "jit": "off",
}
THROWAWAY = COMMON | {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "1GB",
    "wal_recycle": "off",
    "wal_init_zero": "off",
    "dynamic_shared_memory_type": "mmap",  # lies in the data folder, so a killed server leaves nothing in /dev/shm
}
"""Settings without durability, for throw-away servers only."""
DURABLE = COMMON | {
    "max_wal_size": "2GB",
    "logging_collector": "off",
    "max_connections": "300",  # twenty plants at work, each with its own connections of the API and of a worker
}


@dataclass(frozen=True)
class Cluster:
    """A data folder, its binaries, the account that runs it, its superuser's password, and its log.

    `elsewhere` is the setting that puts the data on another disk.
    """

    data: Path
    binaries: Binaries
    account: Account | None
    password: str
    log: Path
    elsewhere: str = "TMPDIR"

    def failure(self, step: str) -> ServerDidNotStart:
        """The exception for a failed step, with the log's last lines; DiskFull if they say that no space is left."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        if any("No space left on device" in line for line in lines[-200:]):
            return DiskFull(
                f"No space is left for PostgreSQL's data in {self.data.parents[1]}: free some there, "
                f"or set {self.elsewhere} to a folder on a larger disk."
            )
        said = " | ".join(line.strip() for line in lines[-LOG_TAIL_LINES:] if line.strip()) or "it said nothing"
        return ServerDidNotStart(f"{step} failed ({self.binaries.origin}): {said}")


def loopback_url(port: int, password: str) -> sa.URL:
    """URL of the maintenance database, without TLS and GSS: the connection is local."""
    query = {"sslmode": "disable", "gssencmode": "disable"}
    return sa.URL.create(DIALECT, SUPERUSER, password, LOOPBACK, port, "postgres", query)


def new_password() -> str:
    """A password for a new cluster: every account of the machine can reach its port."""
    return secrets.token_hex(16)


def write_private(path: Path, text: str, account: Account | None = None) -> None:
    """Write or replace a file that only its owner (the account or the present user) can read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    if account:
        os.chown(path, account.uid, account.gid)


def initialise(cluster: Cluster, kept_by: Keeper, *, sync: bool) -> None:
    """Make the data folder. Raises ServerDidNotStart or DiskFull."""
    password_file = cluster.data.parent / "initial-password"
    write_private(password_file, cluster.password, cluster.account)
    argv = [
        *(str(cluster.binaries.initdb), "-D", str(cluster.data), "-U", SUPERUSER),
        *("-A", "scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8", "--locale=C", "--no-instructions"),
        *(() if sync else ("--no-sync",)),
    ]
    try:
        pid = kept_by.start(argv, cluster.account, cluster.log)
        if kept_by.exit_code(pid, wait_s=INITDB_DEADLINE_S) != 0:
            raise cluster.failure("initdb")
    finally:
        password_file.unlink()


def serve(
    cluster: Cluster, kept_by: Keeper, options: dict[str, str], *, lasting: bool, former_port: int | None = None
) -> int:
    """Start the server and wait until it accepts connections; its port. Raises ServerDidNotStart or DiskFull.

    former_port: the port that its clients know; used again if it is free.
    """
    for _ in range(START_TRIES):
        port = former_port if former_port is not None and is_free(former_port) else free_port()
        heard = cluster.log.stat().st_size if cluster.log.exists() else 0
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        argv = [str(cluster.binaries.postgres), "-D", str(cluster.data), "-p", str(port), *settings]
        pid = kept_by.start(argv, cluster.account, cluster.log, lasting=lasting)
        if wait_until_ready(cluster, kept_by, pid):
            return port
        with cluster.log.open("rb") as log:
            log.seek(heard)
            said = log.read()
        if not any(reason in said for reason in PASSING):
            break
        if TAKEN in said:
            former_port = None
    raise cluster.failure("postgres")


def wait_until_ready(cluster: Cluster, kept_by: Keeper, pid: int) -> bool:
    """Return True once the server is ready, False when it ended or the deadline passed before."""
    until = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < until:
        if ready_port(cluster.data, pid) is not None:
            return True
        if kept_by.exit_code(pid, wait_s=POLL_S) is not None:
            return False
    return False


def ready_port(data: Path, pid: int | None = None) -> int | None:
    """Port of the server on `data` (with this pid, if given) once it is ready for connections, else None."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").split("\n")
    except OSError:
        return None
    if len(lines) <= READY_LINE or lines[READY_LINE].strip() != "ready":
        return None
    if pid is not None and lines[0] != str(pid):
        return None
    if pid is None and keeper.postmaster(data) is None:
        return None
    return int(lines[PORT_LINE])


def left_port(data: Path) -> int | None:
    """The last port of the server on `data`, which its clients may still name: the `-p` of its last command line."""
    try:
        words = shlex.split((data / "postmaster.opts").read_text(encoding="utf-8"))
        return int(words[words.index("-p") + 1])
    except (OSError, ValueError, IndexError):
        return None


def is_free(port: int) -> bool:
    """True if no process listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError):
            return False
    return True


def free_port() -> int:
    """A free port of 127.0.0.1; another process may take it, so the caller retries."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])

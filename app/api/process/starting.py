"""Waits for a served API to answer, while its processes live and make progress."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import IO

from app.processor_time import tree_seconds

START_WITHIN_S = 300.0
"""The longest time that a start is waited for."""
WORK_S, IDLE_S, UNHEALTHY_S = 60.0, 60.0, 60.0
"""Bounds of a start: its processor time, its idle time, and the time of answers other than 200."""
ON_CONNECTION_ERROR_S = 0.05
LOOK_EVERY_S = 1.0
LEAST_PROGRESS_S = 0.02
"""Less processor time than this counts as no progress: the kernel counts in hundredths of a second."""


class ServerError(Exception):
    """The API cannot listen on its address, may not without keys, or did not start; the message says which."""

    code = "API_DID_NOT_START"


@dataclass
class Start:
    """A start that is being waited for.

    used_s: its processor time; None where the system does not report it.
    """

    child: subprocess.Popen[bytes]
    begun: float
    moved: float
    used_s: float | None = None
    unhealthy_since: float | None = None

    def given_up(self, now: float) -> str:
        """The reason to stop waiting; empty while waiting goes on."""
        if self.child.poll() is not None:
            return f"The API ended with exit code {self.child.returncode} before it answered"
        if now - self.begun >= START_WITHIN_S:
            return f"The API did not answer within {START_WITHIN_S:g} s"
        if self.unhealthy_since is not None and now - self.unhealthy_since >= UNHEALTHY_S:
            return f"The API answered /api/health with an error for {UNHEALTHY_S:g} s"
        if self.used_s is not None and self.used_s >= WORK_S:
            return f"The API did not answer although it had {WORK_S:g} s of processor time"
        if now - self.moved >= IDLE_S:
            did = "" if self.used_s is None else "and did nothing "
            return f"The API did not answer {did}for {IDLE_S:g} s"
        return ""

    def look(self, now: float) -> None:
        """Update the processor time of the process and its descendants."""
        used_s = tree_seconds(self.child.pid)
        if used_s is not None and used_s - (self.used_s or 0.0) >= LEAST_PROGRESS_S:
            self.used_s, self.moved = used_s, now

    @property
    def circumstances(self) -> str:
        """Processor time of the processes and load of the machine, for the error message."""
        used = "" if self.used_s is None else f"its processes had {self.used_s:.1f} s of processor time; "
        load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors" if hasattr(os, "getloadavg") else ""
        return f"{used}{load}"


def await_health(base_url: str, child: subprocess.Popen[bytes], output: IO[bytes]) -> None:
    """Return once GET /api/health is answered with 200. Raises ServerError.

    A busy machine only makes it last: the wait ends when the child does, stops using the processor, has used more of
    it than any start needs, or at the latest after START_WITHIN_S.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    start = Start(child, time.monotonic(), time.monotonic())
    looked = 0.0
    while not (reason := start.given_up(time.monotonic())):
        try:
            with opener.open(f"{base_url}/api/health", timeout=5):
                return
        except urllib.error.HTTPError:
            start.unhealthy_since = start.unhealthy_since or time.monotonic()
        except OSError:
            pass
        time.sleep(ON_CONNECTION_ERROR_S)
        if time.monotonic() - looked >= LOOK_EVERY_S:
            looked = time.monotonic()
            start.look(looked)
    output.seek(0)
    lines = output.read().decode(errors="replace").strip().splitlines()[-5:]
    raise ServerError(f"{reason} ({start.circumstances}). Its last lines: {' | '.join(lines) or 'none'}")

"""Tears down the fixtures of checks before a run ends by a signal, or because its supervisor has ended."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from os import getpid
from typing import Any

ENDING = (signal.SIGTERM, signal.SIGHUP)
ALIVE_VARIABLE = "RELEASE_GATE_ALIVE"
"""Environment variable with the reading end of a pipe that only the supervisor holds open."""
GRACE_S = 60.0
"""Seconds that a run without its supervisor may take to tear down before it is killed."""


def interrupt_when_told_to_end() -> Callable[[], None]:
    """Handle SIGTERM and SIGHUP like Ctrl-C; returns a function that restores the handlers.

    A forked child, such as a worker of multiprocessing, is not affected.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None

    owner = getpid()

    def interrupt(number: int, _: Any) -> None:
        if getpid() != owner:
            signal.signal(number, before.get(signal.Signals(number)) or signal.SIG_DFL)
            signal.raise_signal(number)
            return
        raise KeyboardInterrupt(signal.Signals(number).name)

    # One that is ignored (nohup) stays ignored.
    heeded = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heeded}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def end_with_supervisor() -> None:
    """Interrupt this run when its supervisor ends; does nothing without a supervisor."""
    given = os.environ.pop(ALIVE_VARIABLE, "")
    if not given:
        return

    def wait() -> None:
        while os.read(int(given), 1):
            continue
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(GRACE_S)
        os._exit(3)

    threading.Thread(target=wait, name="supervisor watch", daemon=True).start()

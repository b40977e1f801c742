"""A run that is told to end still tears down what its checks have built."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

ENDING = (signal.SIGTERM, signal.SIGHUP)


def interrupt_when_told_to_end() -> Callable[[], None]:
    """Turn SIGTERM and SIGHUP into what Ctrl-C is; returns what puts the former handling back."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None

    def interrupt(number: int, _: Any) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    before = {number: signal.signal(number, interrupt) for number in ENDING}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore

"""Signals as a terminal gives them, for tests that send some to their children.

A shell starts its background jobs with SIGINT ignored, and nohup its command with SIGHUP; children inherit that.
"""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def signals_as_a_terminal_gives_them() -> None:
    """Signals ignored here become the default again, so that they are the default in every child."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

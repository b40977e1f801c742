"""Waiting in a test for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

WITHIN_S = 300
"""Only a fault makes a test wait so long: a busy machine takes many times as long as a quiet one."""

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], satisfied: Callable[[Seen], object] = bool) -> Seen:
    """Look again and again until `satisfied` is true of the value; returns it. Fails after WITHIN_S."""
    deadline = time.monotonic() + WITHIN_S
    seen = look()
    while not satisfied(seen):
        assert time.monotonic() < deadline, f"after {WITHIN_S} s: {seen}"
        time.sleep(0.05)
        seen = look()
    return seen

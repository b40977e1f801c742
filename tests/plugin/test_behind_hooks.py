"""Hooks for exceptions that use what they are told, and those that hide it."""

from __future__ import annotations

from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest

from release_gate.in_pytest.failures.behind_hooks import is_deaf


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def keep(self, told: Any) -> None:
        self.lines.append(str(told))

    def drop(self, told: Any) -> None:
        self.lines.append("something failed")


def keeps_in_a_closure(told: Any) -> Any:
    return lambda: told


def drops(*_: Any, **__: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("hook", "deaf"),
    [
        (lambda told: None, True),
        (lambda *told: None, True),
        (drops, True),
        (partial(drops, 1), True),
        (Log().drop, True),
        (lambda told: repr(told), False),
        (lambda *told: list(told), False),
        (keeps_in_a_closure, False),
        (partial(keeps_in_a_closure), False),
        (Log().keep, False),
        ([].append, False),
        (Mock(), False),
        (print, False),
    ],
)
def test_hook_that_reads_none_of_its_parameters_is_deaf(hook: Any, deaf: bool) -> None:
    assert is_deaf(hook) is deaf

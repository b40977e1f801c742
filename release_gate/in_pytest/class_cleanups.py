"""Reports failing class cleanups of unittest under pytest 8.0 and 8.1, which call them and drop their exceptions."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

import pytest

REPORTED_SINCE = (8, 2)
"""The first pytest that reports them: https://github.com/pytest-dev/pytest/issues/11728."""


def report_class_cleanups() -> None:
    """Let `TestCase.doClassCleanups` raise where this pytest would drop the exceptions of functions that it calls."""
    if pytest.version_tuple[:2] < REPORTED_SINCE:
        unittest.TestCase.doClassCleanups = classmethod(  # type: ignore[assignment, method-assign]
            raising(vars(unittest.TestCase)["doClassCleanups"].__func__)
        )


def raising(do_class_cleanups: Callable[[type[unittest.TestCase]], None]) -> Callable[[type[unittest.TestCase]], None]:
    """The function, raising its exceptions instead of leaving them in the class: one as it is, several as a group."""

    def do_class_cleanups_and_raise(cls: type[unittest.TestCase]) -> None:
        do_class_cleanups(cls)
        left: list[tuple[Any, BaseException, Any]] = cls.tearDown_exceptions  # type: ignore[attr-defined]
        errors = [error for _, error, _ in left]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise BaseExceptionGroup("Unittest class cleanup errors", errors)

    return do_class_cleanups_and_raise

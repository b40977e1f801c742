"""Decorators that would catch every exception have hidden the one they caught; others have expected it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager, suppress
from typing import Any

import pytest

from release_gate.in_pytest.failures.swallowing import is_swallowed

Test = Callable[[], object]


class Quiet(ContextDecorator):
    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> bool:
        return True


class Expecting(Quiet):
    def __exit__(self, *seen: object) -> bool:
        return isinstance(seen[1], OSError)


@contextmanager
def silence() -> Iterator[None]:
    with suppress(Exception):
        yield


@contextmanager
def failure() -> Iterator[None]:
    with pytest.raises(OSError, match="hot"):
        yield


def bare(function: Test) -> Test:
    @functools.wraps(function)
    def called() -> None:
        try:
            function()
        except:  # noqa: E722
            return

    return called


def one_of_many(function: Test) -> Test:
    @functools.wraps(function)
    def called() -> None:
        try:
            function()
        except (OSError, Exception):
            function.__name__ = "failed"

    return called


def told(function: Test) -> Test:
    @functools.wraps(function)
    def called() -> None:
        try:
            function()
        except BaseException:
            function.__name__ = "failed"
            raise

    return called


def expected(function: Test) -> Test:
    @functools.wraps(function)
    def called() -> None:
        try:
            function()
        except OSError:
            pass
        else:
            raise AssertionError("nothing came")

    return called


def cleaned(function: Test) -> Test:
    @functools.wraps(function)
    def called() -> None:
        try:
            function()
        finally:
            try:
                raise KeyError("no cache")
            except Exception:
                function.__name__ = "cleaned"

    return called


class Kept:
    def __init__(self, function: Test) -> None:
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self) -> None:
        with suppress(BaseException):
            self.function()


def noted(function: Test, seen: list[BaseException]) -> Test:
    @functools.wraps(function)
    def called() -> None:
        try:
            function()
        except OSError as error:
            seen.append(error)
            raise

    return called


@pytest.mark.parametrize(
    ("decorator", "swallows"),
    [
        (bare, True),
        (one_of_many, True),
        (Kept, True),
        (Quiet(), True),
        (silence(), True),
        (lambda function: told(bare(function)), True),
        (lambda function: bare(told(function)), True),
        (expected, False),
        (Expecting(), False),
        (failure(), False),
        (lambda function: expected(cleaned(function)), False),
        (lambda function: bare(expected(function)), False),
    ],
)
def test_exception_is_swallowed_by_what_would_catch_every_one(decorator: Any, swallows: bool) -> None:
    def boils() -> None:
        raise OSError("hot")

    seen: list[BaseException] = []
    decorated = decorator(noted(boils, seen))
    decorated()
    assert is_swallowed(seen[0], decorated) is swallows

"""Which decorators let every exception disappear, read from their source."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager, suppress
from typing import Any

import pytest

from release_gate.in_pytest.swallowing import swallows_anything

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


class Kept:
    def __init__(self, function: Test) -> None:
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self) -> None:
        with suppress(BaseException):
            self.function()


@pytest.mark.parametrize(
    ("decorator", "swallows"),
    [
        (bare, True),
        (one_of_many, True),
        (Kept, True),
        (Quiet(), True),
        (silence(), True),
        (told, False),
        (expected, False),
        (Expecting(), False),
        (failure(), False),
        (functools.lru_cache, False),
        (lambda function: function, False),
    ],
)
def test_decorator_that_hides_every_exception_is_known_by_its_source(decorator: Any, swallows: bool) -> None:
    def boils() -> None:
        raise OSError("hot")

    assert swallows_anything(decorator(boils)) is swallows
    assert swallows_anything(told(decorator(boils))) is swallows

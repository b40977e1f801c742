"""The exceptions of a unittest class's cleanups are raised, where pytest 8.0 and 8.1 drop them."""

from __future__ import annotations

import unittest

import pytest

from release_gate.in_pytest.class_cleanups import raising


def fail(message: str) -> None:
    raise RuntimeError(message)


def case(*messages: str) -> type[unittest.TestCase]:
    """A class whose cleanups fail with these messages, the last one first."""

    class Switch(unittest.TestCase):
        doClassCleanups = classmethod(  # noqa: N815, unittest's name
            raising(vars(unittest.TestCase)["doClassCleanups"].__func__)
        )

    for message in messages:
        Switch.addClassCleanup(fail, message)
    return Switch


def test_class_without_failing_cleanup_raises_nothing() -> None:
    case().doClassCleanups()


def test_single_exception_is_raised_as_it_is() -> None:
    with pytest.raises(RuntimeError, match="no power"):
        case("no power").doClassCleanups()


def test_several_exceptions_are_raised_as_a_group() -> None:
    with pytest.raises(BaseExceptionGroup) as raised:
        case("no power", "no water").doClassCleanups()
    assert [str(error) for error in raised.value.exceptions] == ["no water", "no power"]

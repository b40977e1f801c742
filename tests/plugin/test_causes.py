"""The cause is the innermost exception that says something; one that cannot even be read is told all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from release_gate.record.causes import named, root_of
from release_gate.record.findings import describe_failure

GAUGES: dict[object, int] = {}


class NoWater(Exception):
    pass


class Unreadable(Exception):
    def __str__(self) -> str:
        raise KeyError("level")

    @property
    def category(self) -> str:
        raise KeyError("category")


def product_names_the_cause_itself() -> None:
    try:
        raise OSError("the pipe is frozen")
    except OSError as error:
        raise NoWater("no water") from error


def product_wraps_a_key_error() -> None:
    try:
        GAUGES["level"]
    except KeyError:
        raise RuntimeError("no level")  # noqa: B904 an implicit context is the case


def product_wraps_a_missing_file() -> None:
    try:
        open("/no/such/gauge")  # noqa: PTH123, SIM115 the call is the case
    except FileNotFoundError as error:
        raise NoWater("the gauge has no scale") from error


def product_fails_and_its_handler_too() -> None:
    try:
        raise NoWater("no water")
    except NoWater as error:
        GAUGES[error]


def product_says_nothing() -> None:
    try:
        int("hot")
    except ValueError as error:
        raise NoWater from error


def context_is_suppressed() -> None:
    try:
        raise NoWater("no water")
    except NoWater:
        raise RuntimeError("no tea") from None


def check_asserts_while_handling() -> None:
    try:
        GAUGES["level"]
    except KeyError:
        assert not "there is a level"


def group_of_two() -> None:
    raise ExceptionGroup("boiling", [KeyError("level"), NoWater("no water")])


def group_that_alone_says_something() -> None:
    raise BaseExceptionGroup("the kettle fell over", [raised(product_looks_up), raised(product_looks_up)])


def product_looks_up() -> None:
    GAUGES["level"]


def group_of_a_skip_and_a_failure() -> None:
    raise BaseExceptionGroup("boiling", [pytest.skip.Exception("no lab"), ValueError("the water is cold")])


def group_behind_the_product() -> None:
    try:
        raise ExceptionGroup("boiling", [KeyError("level")])
    except ExceptionGroup as error:
        raise NoWater("nothing boils") from error


def clock_runs_out() -> None:
    async def boil() -> None:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    asyncio.run(boil())


def library_fails_while_it_handles_a_key() -> None:
    try:
        GAUGES["level"]
    except KeyError:
        __import__("no_such_gauge")


def destructor_fails() -> None:
    warning = type("PytestUnraisableExceptionWarning", (UserWarning,), {})
    raise warning("Exception ignored in: <function Kettle.__del__>") from ResourceWarning("the kettle is still on")


def raised(make: Callable[[], None]) -> BaseException:
    with pytest.raises(BaseException) as caught:
        make()
    return caught.value


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (product_names_the_cause_itself, OSError),
        (product_wraps_a_key_error, RuntimeError),
        (product_wraps_a_missing_file, NoWater),
        (product_fails_and_its_handler_too, NoWater),
        (product_says_nothing, ValueError),
        (context_is_suppressed, RuntimeError),
        (check_asserts_while_handling, AssertionError),
        (group_of_two, NoWater),
        (group_that_alone_says_something, ExceptionGroup),
        (group_of_a_skip_and_a_failure, ValueError),
        (group_behind_the_product, NoWater),
        (clock_runs_out, TimeoutError),
        (library_fails_while_it_handles_a_key, ModuleNotFoundError),
        (destructor_fails, ResourceWarning),
    ],
)
def test_cause_is_the_innermost_exception_that_says_something(make: Callable[[], None], kind: type) -> None:
    assert type(root_of(raised(make))) is kind


def test_exceptions_in_a_ring_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert root_of(first) is second


def test_exception_whose_text_cannot_be_read_is_named() -> None:
    assert named(Unreadable()) == "Unreadable: (its text cannot be read: __str__ raised KeyError)"
    assert describe_failure(Unreadable(), "", lambda _: None)["category"] is None


def test_other_members_of_a_group_are_told_as_well() -> None:
    told = describe_failure(raised(group_of_two), "", lambda _: None)
    assert told["message"] == "NoWater: no water (and 1 more: KeyError: 'level')"


def test_project_may_classify_what_lies_behind_the_cause() -> None:
    told = describe_failure(
        raised(product_wraps_a_missing_file), "", lambda one: "ENV" if isinstance(one, OSError) else None
    )
    assert (told["message"], told["category"]) == ("NoWater: the gauge has no scale", "ENV")


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("AssertionError: \nArrays are not equal\n\nMismatched elements: 1 / 1", "Arrays are not equal"),
        (
            "AssertionError: no call.\nExpected: boil(2)\n  Actual: boil(1)",
            "no call. Expected: boil(2) Actual: boil(1)",
        ),
        ("AssertionError: too cold\nassert 1 == 2\n +  where 1 = boil()", "too cold"),
        ("assert 1 == 2\n +  where 1 = boil()", "assert 1 == 2"),
        ("AssertionError", "an assertion failed"),
    ],
)
def test_cause_of_an_assertion_is_its_first_paragraph(message: str, cause: str) -> None:
    assert describe_failure(AssertionError(), message, lambda _: None)["message"] == cause

"""A test's own function during its call: that it ran, its exception, and that it returned nothing."""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial, wraps
from types import CodeType, FunctionType
from typing import Any

import pytest

from release_gate.in_pytest.failures.swallowing import is_swallowed
from release_gate.in_pytest.source_code.called_code import every_call_to
from release_gate.in_pytest.source_code.recorder import Body, recorder_of
from release_gate.in_pytest.source_code.steps import keep, place_of


def function_of(item: pytest.Item) -> FunctionType | None:
    """The function that a test calls, below its decorators; None for a test that is not a plain function."""
    under = plain(getattr(item, "obj", None))
    if type(under) is FunctionType and "__wrapped__" not in vars(under):
        return under
    seen: set[int] = set()
    while hasattr(under, "__wrapped__"):
        if id(under) in seen:  # decorators in a circle
            return None
        seen.add(id(under))
        under = plain(under.__wrapped__)
    return under if isinstance(under, FunctionType) else None


def watched(
    item: pytest.Item, generated: tuple[CodeType | None, Any], before: Callable[[], None]
) -> AbstractContextManager[Body | None]:
    """Record what the test's function does during the block; None where it cannot be seen.

    generated: the code of the collected function, and that function with its decorators. Other code does not count as
    started; a decorator that was added since the collection may suppress no exception. before: called as it starts;
    left out for unittest, whose setUp is part of the call and may change what it likes.
    """
    collected, decorated = generated
    function = plain(getattr(item, "obj", None))
    if not isinstance(item, pytest.Function) or collected is None:
        return nullcontext(None)
    under = function_of(item)
    if under is None or under.__code__ is not collected or _is_generator(function):
        return nullcontext(Body())
    own = decorated if isinstance(decorated, FunctionType) else under
    body = Body(before=None if _is_of_unittest(item.obj) else before)
    if function is own is under and not hasattr(function, "hypothesis"):
        return _Undecorated(item, under, body)
    return _decorated(item, under, decorated, body)


class _Undecorated:
    """The block of a test without decorators; a class, because contextlib's generators cost three times as much."""

    __slots__ = ("_body", "_recorder", "_strict")

    def __init__(self, item: pytest.Function, function: FunctionType, body: Body) -> None:
        self._recorder, self._strict = recorder_of(function), _is_of_unittest(item.obj)
        self._body = body

    def __enter__(self) -> Body:
        self._recorder.set(self._body, direct=True, strict=self._strict)
        return self._body

    def __exit__(self, *_: object) -> None:
        self._recorder.take_back()


@contextmanager
def _decorated(item: pytest.Function, under: FunctionType, decorated: Any, body: Body) -> Iterator[Body]:
    obj = item.obj
    function = plain(obj)
    if hasattr(function, "hypothesis"):
        if hasattr(getattr(function, "__wrapped__", None), "hypothesis"):
            body.before = None  # a decorator around hypothesis may change what it likes before the first example
        # Hypothesis calls the inner function itself, and its plugin needs its own object on the item.
        with _recorded_within_hypothesis(function.hypothesis, body):
            yield body
        return
    own = decorated if isinstance(decorated, FunctionType) else under
    recorder = recorder_of(function) if isinstance(function, FunctionType) else None
    if recorder is None:
        body.before = None
    else:
        recorder.set(body, direct=under is function, strict=_is_of_unittest(obj))
    stood = place_of(under)
    try:
        with ExitStack() as around:
            if own is not under:
                around.enter_context(every_call_to(under, partial(_noting, body, everything=False, kept_for=under)))
            if own is not function:
                noting = partial(_noting, body, everything=own is decorated, starts=own is under)
                around.enter_context(every_call_to(own, noting))
            yield body
    finally:
        if recorder is not None:
            recorder.take_back()
    body.started |= stood is not None and place_of(under) != stood
    # Only now the decorators have their own code again, which says what they swallow.
    if body.expected is not None and body.raised is None and is_swallowed(body.expected, decorated):
        body.swallowed = body.expected


def _is_generator(function: Any) -> bool:
    if type(function) is FunctionType:  # inspect asks four times before it looks at this flag
        return bool(function.__code__.co_flags & inspect.CO_GENERATOR)
    return inspect.isgeneratorfunction(function)


def plain(obj: Any) -> Any:
    """The function of a bound method; any other object unchanged."""
    return getattr(obj, "__func__", obj)


def _is_of_unittest(obj: Any) -> bool:
    return isinstance(getattr(obj, "__self__", None), unittest.TestCase)


@contextmanager
def _recorded_within_hypothesis(handle: Any, body: Body) -> Iterator[None]:
    inner = handle.inner_test
    handle.inner_test = _noting(body, inner, everything=False)
    try:
        yield
    finally:
        handle.inner_test = inner


def _noting(
    body: Body, function: Any, *, everything: bool, starts: bool = True, kept_for: FunctionType | None = None
) -> Callable[..., Any]:
    """A wrapper that records exceptions of the function.

    A decorator in the source may expect an exception of the product, as nose's `raises` did, but may not suppress a
    failed assertion. everything: True if a hook added the decorators around it, which may suppress nothing. starts:
    True for the test's own function. kept_for: that function; a generator that it returns may go on in another case.
    """

    @contextmanager
    def seen() -> Iterator[None]:
        __tracebackhide__ = True
        body.started |= starts
        body.depth += starts
        body.begin()
        try:
            yield
        except BaseException as error:
            if body.depth > 1:
                pass  # of a recursive call: the function may expect it
            elif everything or isinstance(error, AssertionError | pytest.fail.Exception | pytest.skip.Exception):
                body.swallowed = error
            else:
                body.expected = error
            raise
        finally:
            body.depth -= starts

    @wraps(function)
    def noted(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        with seen():
            result = function(*arguments, **named)
        if kept_for is not None:
            keep(kept_for, result)
        return result

    if not inspect.iscoroutinefunction(function):
        return noted

    @wraps(function)
    async def noted_when_awaited(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        with seen():
            return await function(*arguments, **named)

    return noted_when_awaited

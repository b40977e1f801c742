"""A test's own function during its call: that it ran, its exception, and that it returned nothing."""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial, wraps
from types import CodeType, FunctionType, MethodType
from typing import Any

import pytest

from release_gate.in_pytest.failures.swallowing import is_swallowed
from release_gate.in_pytest.source_code.called_code import every_call_to
from release_gate.record.expect import shown


@dataclass(slots=True)
class Body:
    """Outcome of a test's function during its call.

    raised: its exception, even if a hook or a plugin suppressed it. swallowed: an exception below its decorators, which
    these suppressed if `raised` is None. expected: likewise, but one of the product, which a decorator may expect.
    called_with: its arguments by name. depth: its recursion depth.
    """

    started: bool = False
    raised: BaseException | None = None
    swallowed: BaseException | None = None
    expected: BaseException | None = None
    called_with: dict[str, Any] = field(default_factory=dict)
    depth: int = 0


def function_of(item: pytest.Item) -> FunctionType | None:
    """The function that a test calls, below its decorators; None for a test that is not a plain function."""
    under, seen = plain(getattr(item, "obj", None)), set[int]()
    while hasattr(under, "__wrapped__"):
        if id(under) in seen:  # decorators in a circle
            return None
        seen.add(id(under))
        under = plain(under.__wrapped__)
    return under if isinstance(under, FunctionType) else None


def watched(item: pytest.Item, generated: tuple[CodeType | None, Any]) -> AbstractContextManager[Body | None]:
    """Record what the test's function does during the block; None where it cannot be seen.

    generated: the code of the collected function, and that function with its decorators. Other code does not count as
    started; a decorator that was added since the collection may suppress no exception.
    """
    collected, decorated = generated
    function = plain(getattr(item, "obj", None))
    if not isinstance(item, pytest.Function) or collected is None:
        return nullcontext(None)
    under = function_of(item)
    if under is None or under.__code__ is not collected or _is_generator(function):
        return nullcontext(Body())
    own = decorated if isinstance(decorated, FunctionType) else under
    if function is own is under and not hasattr(function, "hypothesis"):
        return _Undecorated(item, under)
    return _decorated(item, under, decorated)


class _Undecorated:
    """The block of a test without decorators; a class, because contextlib's generators cost three times as much."""

    __slots__ = ("_function", "_item", "_obj")

    def __init__(self, item: pytest.Function, function: FunctionType) -> None:
        self._item, self._function = item, function

    def __enter__(self) -> Body:
        body = Body()
        self._obj = _put_recorder(self._item, self._function, body, direct=True)
        return body

    def __exit__(self, *_: object) -> None:
        _put_back(self._item, self._obj)


@contextmanager
def _decorated(item: pytest.Function, under: FunctionType, decorated: Any) -> Iterator[Body]:
    body, obj = Body(), item.obj
    function = plain(obj)
    if hasattr(function, "hypothesis"):
        # Hypothesis calls the inner function itself, and its plugin needs its own object on the item.
        with _recorded_within_hypothesis(function.hypothesis, body):
            yield body
        return
    own = decorated if isinstance(decorated, FunctionType) else under
    if isinstance(function, FunctionType):
        _put_recorder(item, function, body, direct=under is function)
    try:
        with ExitStack() as around:
            if own is not under:
                around.enter_context(every_call_to(under, partial(_noting, body, everything=False)))
            if own is not function:
                noting = partial(_noting, body, everything=own is decorated, starts=own is under)
                around.enter_context(every_call_to(own, noting))
            yield body
            if body.expected is not None and body.raised is None and is_swallowed(body.expected, decorated):
                body.swallowed = body.expected
    finally:
        if isinstance(function, FunctionType):
            _put_back(item, obj)


def _is_generator(function: Any) -> bool:
    if type(function) is FunctionType:  # inspect asks four times before it looks at this flag
        return bool(function.__code__.co_flags & inspect.CO_GENERATOR)
    return inspect.isgeneratorfunction(function)


def _is_coroutine(function: FunctionType) -> bool:
    if not vars(function):  # inspect looks for a mark in it, and takes many times as long
        return bool(function.__code__.co_flags & inspect.CO_COROUTINE)
    return inspect.iscoroutinefunction(function)


def plain(obj: Any) -> Any:
    """The function of a bound method; any other object unchanged."""
    return getattr(obj, "__func__", obj)


def _recording(function: FunctionType, body: Body, *, direct: bool, strict: bool) -> Callable[..., Any]:
    """A wrapper of the function that records its call. direct: its start counts as that of the test's own code."""

    def returned(result: object) -> object:
        awaited = hasattr(result, "__await__") or hasattr(result, "addCallbacks")
        if result is not None and (strict or not awaited):
            body.raised = pytest.fail.Exception(
                f"{function.__name__} returned {shown(result)}: a test that returns a value has asserted nothing about "
                "it. Use assert.",
                pytrace=False,
            )
            raise body.raised
        return result

    @wraps(function)
    def recorded(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        body.started |= direct
        body.called_with = named
        try:
            return returned(function(*arguments, **named))
        except BaseException as error:
            body.raised = error
            raise

    if not _is_coroutine(function):
        return recorded

    @wraps(function)
    async def recorded_when_awaited(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        body.started |= direct
        body.called_with = named
        try:
            return returned(await function(*arguments, **named))
        except BaseException as error:
            body.raised = error
            raise

    return recorded_when_awaited


def _put_recorder(item: Any, function: FunctionType, body: Body, *, direct: bool) -> Any:
    """Set the recorded function on the item, and on the instance of a TestCase, where unittest looks for it.

    Returns what was there.
    """
    obj = item.obj
    instance = getattr(obj, "__self__", None)
    of_unittest = isinstance(instance, unittest.TestCase)
    recorded: Any = _recording(function, body, direct=direct, strict=of_unittest)
    item.obj = recorded = MethodType(recorded, instance) if isinstance(obj, MethodType) else recorded
    if of_unittest:
        setattr(instance, obj.__name__, recorded)
    return obj


def _put_back(item: Any, obj: Any) -> None:
    item.obj = obj
    instance = getattr(obj, "__self__", None)
    if isinstance(instance, unittest.TestCase):
        vars(instance).pop(obj.__name__, None)


@contextmanager
def _recorded_within_hypothesis(handle: Any, body: Body) -> Iterator[None]:
    inner = handle.inner_test
    handle.inner_test = _noting(body, inner, everything=False)
    try:
        yield
    finally:
        handle.inner_test = inner


def _noting(body: Body, function: Any, *, everything: bool, starts: bool = True) -> Callable[..., Any]:
    """A wrapper that records exceptions of the function.

    A decorator in the source may expect an exception of the product, as nose's `raises` did, but may not suppress a
    failed assertion. everything: True if a hook added the decorators around it, which may suppress nothing. starts:
    True for the test's own function.
    """

    @contextmanager
    def seen() -> Iterator[None]:
        __tracebackhide__ = True
        body.started |= starts
        body.depth += starts
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
            return function(*arguments, **named)

    if not inspect.iscoroutinefunction(function):
        return noted

    @wraps(function)
    async def noted_when_awaited(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        with seen():
            return await function(*arguments, **named)

    return noted_when_awaited

"""A test's own function while it is called: that it ran at all, what it raised, that it returned nothing."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any

import pytest

from release_gate.record.expect import shown


@dataclass(slots=True)
class Body:
    """What became of a test's function during its call. raised: even where a hook or a plugin swallowed it."""

    started: bool = False
    raised: BaseException | None = None


def function_of(item: pytest.Item) -> FunctionType | None:
    """The function that a test calls, under its decorators; None for a test that is no plain function."""
    try:
        under = inspect.unwrap(_plain(getattr(item, "obj", None)))
    except ValueError:  # decorators in a circle
        return None
    return under if isinstance(under, FunctionType) else None


@contextmanager
def watched(item: pytest.Item, collected: CodeType | None) -> Iterator[Body | None]:
    """Record what the test's function does during the call; None where it cannot be seen.

    collected: the code of the function that was collected; another one in its place does not count as started.
    """
    obj = getattr(item, "obj", None)
    function = _plain(obj)
    if not isinstance(item, pytest.Function) or not isinstance(function, FunctionType) or collected is None:
        yield None
        return
    body, under = Body(), function_of(item)
    if under is None or under.__code__ is not collected or inspect.isgeneratorfunction(function):
        yield body
        return
    if hasattr(function, "hypothesis"):
        # It runs its function from within, and its plugin looks for its own object.
        with _start_seen(body, function.__code__):
            yield body
        return
    strict = isinstance(getattr(obj, "__self__", None), unittest.TestCase)
    recorded: Any = _recording(function, body, direct=under is function, strict=strict)
    if isinstance(obj, MethodType):
        recorded = MethodType(recorded, obj.__self__)
    with _put_in_place(item, obj, recorded):
        if under is function:
            yield body
        else:
            with _start_seen(body, under.__code__):
                yield body


def _plain(obj: Any) -> Any:
    return getattr(obj, "__func__", obj)


def _recording(function: FunctionType, body: Body, *, direct: bool, strict: bool) -> Callable[..., Any]:
    """The function with what it does recorded. direct: its start is that of the test's own code."""

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

    @functools.wraps(function)
    def recorded(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        body.started |= direct
        try:
            return returned(function(*arguments, **named))
        except BaseException as error:
            body.raised = error
            raise

    @functools.wraps(function)
    async def recorded_when_awaited(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        body.started |= direct
        try:
            return returned(await function(*arguments, **named))
        except BaseException as error:
            body.raised = error
            raise

    return recorded_when_awaited if inspect.iscoroutinefunction(function) else recorded


@contextmanager
def _put_in_place(item: Any, obj: Any, recorded: Any) -> Iterator[None]:
    """As the item's object; for a coroutine of a TestCase on its instance, where unittest looks for it."""
    instance = getattr(obj, "__self__", None)
    on_instance = isinstance(instance, unittest.TestCase) and inspect.iscoroutinefunction(obj)
    item.obj = recorded
    if on_instance:
        setattr(instance, obj.__name__, recorded)
    try:
        yield
    finally:
        item.obj = obj
        if on_instance:
            vars(instance).pop(obj.__name__, None)


@contextmanager
def _start_seen(body: Body, code: CodeType) -> Iterator[None]:
    """Under decorators the function is seen by a profiler, which is gone once it has started."""
    if sys.getprofile() is not None:
        body.started = True
        yield
        return

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code is code:
            body.started = True
        if body.started:
            sys.setprofile(None)

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)

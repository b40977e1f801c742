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
from types import CellType, CodeType, FrameType, FunctionType, MethodType
from typing import Any

import pytest

from release_gate.record.expect import shown


@dataclass(slots=True)
class Body:
    """What became of a test's function during its call. raised: even where a hook or a plugin swallowed it.

    swallowed: what went wrong under its decorators and did not come out of them.
    """

    started: bool = False
    raised: BaseException | None = None
    swallowed: BaseException | None = None


def function_of(item: pytest.Item) -> FunctionType | None:
    """The function that a test calls, under its decorators; None for a test that is no plain function."""
    under, seen = plain(getattr(item, "obj", None)), set[int]()
    while hasattr(under, "__wrapped__"):
        if id(under) in seen:  # decorators in a circle
            return None
        seen.add(id(under))
        under = plain(under.__wrapped__)
    return under if isinstance(under, FunctionType) else None


@contextmanager
def watched(item: pytest.Item, generated: tuple[CodeType | None, Any]) -> Iterator[Body | None]:
    """Record what the test's function does during the call; None where it cannot be seen.

    generated: the code of the function that was collected, another one in its place does not count as started; and
    that function with its decorators, where one that was added since may not swallow anything.
    """
    collected, decorated = generated
    obj = getattr(item, "obj", None)
    function = plain(obj)
    if not isinstance(item, pytest.Function) or not isinstance(function, FunctionType) or collected is None:
        yield None
        return
    body, under = Body(), function_of(item)
    if under is None or under.__code__ is not collected or inspect.isgeneratorfunction(function):
        yield body
        return
    if hasattr(function, "hypothesis"):
        # It runs its function from within, and its plugin looks for its own object.
        with _recorded_within_hypothesis(function.hypothesis, body), _start_seen(body, function.__code__):
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
            own = decorated if isinstance(decorated, FunctionType) else function
            with (
                _recorded_within(function, own, body, everything=True),
                _recorded_within(own, under, body, everything=False),
                _start_seen(body, under.__code__),
            ):
                yield body


def plain(obj: Any) -> Any:
    """The function of a method."""
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
    former = sys.getprofile()
    if former is not None and not isinstance(former, FunctionType):  # one in C, such as cProfile's, would be lost
        body.started = True
        yield
        return

    def profile(frame: FrameType, event: str, more: Any) -> None:
        if event == "call" and frame.f_code is code:
            body.started = True
        if former is not None:
            former(frame, event, more)
        if body.started:
            sys.setprofile(former)

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield
    finally:
        if sys.getprofile() is profile:
            sys.setprofile(former)
        threading.setprofile(None)


@contextmanager
def _recorded_within(outer: FunctionType, function: FunctionType, body: Body, *, everything: bool) -> Iterator[None]:
    """A function in the closures of those around it, for the time of the call, with what it raises recorded.

    A decorator of the source may expect an exception of the product, as nose's `raises` did; that an assertion failed
    it may not hide. everything: what is around came later, from a hook, and may hide nothing.
    """
    changed = []
    for cell in _cells_of(outer, function):
        held = cell.cell_contents
        recorder: Any = _noting(function, body, everything)
        changed.append((cell, held))
        cell.cell_contents = MethodType(recorder, held.__self__) if isinstance(held, MethodType) else recorder
    try:
        yield
    finally:
        for cell, held in changed:
            cell.cell_contents = held


def _cells_of(function: FunctionType, under: FunctionType) -> Iterator[CellType]:
    waiting, seen = [function], {id(under)}
    while waiting:
        outer = waiting.pop()
        seen.add(id(outer))
        for cell in outer.__closure__ or ():
            try:
                held = plain(cell.cell_contents)
            except ValueError:  # a name that has no value yet
                continue
            if held is under:
                yield cell
            elif isinstance(held, FunctionType) and id(held) not in seen:
                waiting.append(held)


@contextmanager
def _recorded_within_hypothesis(handle: Any, body: Body) -> Iterator[None]:
    inner = handle.inner_test
    handle.inner_test = _noting(inner, body, everything=False)
    try:
        yield
    finally:
        handle.inner_test = inner


def _noting(function: Any, body: Body, everything: bool) -> Callable[..., Any]:
    @functools.wraps(function)
    def noted(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        body.started |= not everything
        try:
            return function(*arguments, **named)
        except BaseException as error:
            if everything or isinstance(error, AssertionError | pytest.fail.Exception | pytest.skip.Exception):
                body.swallowed = error
            raise

    @functools.wraps(function)
    async def noted_when_awaited(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        body.started |= not everything
        try:
            return await function(*arguments, **named)
        except BaseException as error:
            if everything or isinstance(error, AssertionError | pytest.fail.Exception | pytest.skip.Exception):
                body.swallowed = error
            raise

    return noted_when_awaited if inspect.iscoroutinefunction(function) else noted

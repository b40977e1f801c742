"""A test's own function during its call: that it ran, its exception, and that it returned nothing."""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial, wraps
from threading import local
from types import CodeType, FunctionType
from typing import Any

import pytest

from release_gate.in_pytest.failures.swallowing import is_swallowed
from release_gate.in_pytest.source_code.called_code import calling, copied, every_call_to
from release_gate.in_pytest.source_code.steps import keep, place_of
from release_gate.record.expect import shown


@dataclass(slots=True)
class Body:
    """Outcome of a test's function during its call.

    raised: its exception, even if a hook or a plugin suppressed it. swallowed: an exception below its decorators, which
    these suppressed if `raised` is None. expected: likewise, but one of the product, which a decorator may expect.
    called_with: its arguments by name. depth: its recursion depth. before: what to do just before its first line runs,
    behind every hook; None once that is done, and where the function cannot tell when it starts.
    """

    started: bool = False
    raised: BaseException | None = None
    swallowed: BaseException | None = None
    expected: BaseException | None = None
    called_with: dict[str, Any] = field(default_factory=dict)
    depth: int = 0
    before: Callable[[], None] | None = None

    def begin(self) -> None:
        """The first line of the function, or of the outermost decorator in its source, is about to run."""
        if self.before is not None:
            before, self.before = self.before, None
            before()


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
        self._recorder, self._strict = _recorder_of(function), _is_of_unittest(item.obj)
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
    recorder = _recorder_of(function) if isinstance(function, FunctionType) else None
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


def _is_coroutine(function: FunctionType) -> bool:
    if not vars(function):  # inspect looks for a mark in it, and takes many times as long
        return bool(function.__code__.co_flags & inspect.CO_COROUTINE)
    return inspect.iscoroutinefunction(function)


def plain(obj: Any) -> Any:
    """The function of a bound method; any other object unchanged."""
    return getattr(obj, "__func__", obj)


class _Recorder:
    """Records the calls of a function while it is set. The function stays the same object, which a plugin, a fixture
    or the test itself may know it by: only its code is another one meanwhile.

    direct: its start counts as that of the test's own code. strict: whatever it returns is a fault, also what can be
    awaited.
    """

    __slots__ = ("_code", "_copy", "_function", "_recording", "_wraps", "body", "depths", "direct", "strict")

    def __init__(self, function: FunctionType) -> None:
        self.body, self.direct, self.strict, self.depths, self._wraps = Body(), False, False, local(), False
        self._function, self._code, self._copy = function, function.__code__, copied(function)
        self._recording = calling(function, _recording(self._copy, self, awaited=_is_coroutine(function)))

    def is_of(self, code: CodeType) -> bool:
        return self._code is code

    def set(self, body: Body, *, direct: bool, strict: bool) -> None:
        function, copy = self._function, self._copy
        copy.__defaults__, copy.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
        self.body, self.direct, self.strict = body, direct, strict
        function.__code__ = self._recording
        # inspect finds the signature and the source of the copy.
        self._wraps = vars(function).setdefault("__wrapped__", copy) is copy

    def take_back(self) -> None:
        self._function.__code__ = self._code
        if self._wraps:
            vars(self._function).pop("__wrapped__", None)
        self.body = Body()  # the old one may keep what the test left alive

    def begin(self, arguments: dict[str, Any]) -> int:
        """Note the start of a call; returns how many calls it lies within."""
        self.body.started |= self.direct
        depth: int = getattr(self.depths, "now", 0)
        if not depth:
            self.body.called_with = arguments
            self.body.begin()
        self.depths.now = depth + 1
        return depth

    def end(self, depth: int, body: Body, error: BaseException | None = None) -> None:
        """Note the end of a call; the exception of a recursive one is the function's own to handle."""
        self.depths.now = depth
        if error is not None and not depth:
            body.raised = error

    def require_nothing(self, result: object) -> object:
        """Raise if the test returned something that nobody will await."""
        __tracebackhide__ = True
        awaited = hasattr(result, "__await__") or hasattr(result, "addCallbacks")
        if result is not None and (self.strict or not awaited):
            why = "a test that returns a value has asserted nothing about it. Use assert."
            name = self._function.__name__
            raise pytest.fail.Exception(f"{name} returned {shown(result)}: {why}", pytrace=False)
        return result


RECORDERS: dict[FunctionType, _Recorder] = {}


def _recorder_of(function: FunctionType) -> _Recorder:
    """The recorder of a function and its present code, one for all cases of a test."""
    known = RECORDERS.get(function)
    if known is None or not known.is_of(function.__code__):
        known = RECORDERS[function] = _Recorder(function)
    return known


def _recording(copy: FunctionType, recorder: _Recorder, *, awaited: bool) -> Callable[..., Any]:
    def recorded(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        body, depth, failed = recorder.body, recorder.begin(named), None
        try:
            return recorder.require_nothing(copy(*arguments, **named))
        except BaseException as error:
            failed = error
            raise
        finally:
            recorder.end(depth, body, failed)
            del failed

    if not awaited:
        return recorded

    async def recorded_when_awaited(*arguments: Any, **named: Any) -> object:
        __tracebackhide__ = True
        body, depth, failed = recorder.body, recorder.begin(named), None
        try:
            return recorder.require_nothing(await copy(*arguments, **named))
        except BaseException as error:
            failed = error
            raise
        finally:
            recorder.end(depth, body, failed)
            del failed

    return recorded_when_awaited


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

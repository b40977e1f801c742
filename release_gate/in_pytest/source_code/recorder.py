"""Records the calls of a test's own function while it runs, under the function's own identity."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import local
from types import CodeType, FunctionType
from typing import Any

import pytest

from release_gate.in_pytest.source_code.called_code import calling, copied
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


class Recorder:
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


RECORDERS: dict[FunctionType, Recorder] = {}


def recorder_of(function: FunctionType) -> Recorder:
    """The recorder of a function and its present code, one for all cases of a test."""
    known = RECORDERS.get(function)
    if known is None or not known.is_of(function.__code__):
        known = RECORDERS[function] = Recorder(function)
    return known


def _recording(copy: FunctionType, recorder: Recorder, *, awaited: bool) -> Callable[..., Any]:
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


def _is_coroutine(function: FunctionType) -> bool:
    if not vars(function):  # inspect looks for a mark in it, and takes many times as long
        return bool(function.__code__.co_flags & inspect.CO_COROUTINE)
    return inspect.iscoroutinefunction(function)

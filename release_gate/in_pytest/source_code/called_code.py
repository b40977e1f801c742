"""Replaces a function's code for a time, so that every call is recorded, through whatever reference it is made."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any
from weakref import WeakValueDictionary

MADE: WeakValueDictionary[tuple[int, int], CodeType] = WeakValueDictionary()
"""The codes that the gate has made, by the identity of the function and their own: any other code may claim to come
from this file, and a code of the gate may be put into another function than its own."""
PLACE = "put here by called_code"
"""The constant in the templates that is replaced by the recorder."""


def _template(*arguments: Any, **named: Any) -> Any:
    __tracebackhide__ = True
    recorder: Any = "put here by called_code"
    return recorder(*arguments, **named)


async def _template_when_awaited(*arguments: Any, **named: Any) -> Any:
    __tracebackhide__ = True
    recorder: Any = "put here by called_code"
    return await recorder(*arguments, **named)


@contextmanager
def every_call_to(function: FunctionType, record: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """During the block, every call of the function calls what `record` makes of it instead.

    A decorator may keep the function in a closure, an attribute or a registry: its code is what all of them share. The
    recorder calls a copy with the original code, so that tracebacks stay the same.
    """
    code = function.__code__
    function.__code__ = calling(function, record(copied(function)))
    try:
        yield
    finally:
        function.__code__ = code


def copied(function: FunctionType) -> FunctionType:
    """A function of the same code, defaults and closure."""
    code = function.__code__
    copy = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__, copy.__qualname__ = function.__kwdefaults__, function.__qualname__
    return copy


def calling(function: FunctionType, recorder: Callable[..., Any]) -> CodeType:
    """Code for the function that calls the recorder."""
    chosen: Any = _template_when_awaited if inspect.iscoroutinefunction(function) else _template
    template: CodeType = chosen.__code__
    constants = tuple(recorder if constant == PLACE else constant for constant in template.co_consts)
    code = template.replace(co_consts=constants, co_freevars=function.__code__.co_freevars)
    MADE[id(function), id(code)] = code
    return code


def is_made_for(function: FunctionType) -> bool:
    """True if the gate has made the function's present code for this function."""
    code = function.__code__
    return MADE.get((id(function), id(code))) is code

"""Exceptions that a check's own hook hides: it takes the place of the gate's while the check runs, and may put it back.

A hook that uses what it is told is the check's way to see an exception that it expects; one that ignores it hides every
failure. No hook may hide a failed assertion.
"""

from __future__ import annotations

import dis
import functools
import sys
import threading
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from release_gate.in_pytest.failures.futures import Futures
from release_gate.record.causes import is_of_library, named

ATTRIBUTE = b"unraisablehook"
HANDLER = b"set_exception_handler"
UNRAISABLE = "sys.unraisablehook"
"""Python's audit event of an exception that it can only print, with the hook that is told."""
MAKER = "_make_invoke_excepthook"
"""The function of threading that makes the caller of the hook; the hook may change later."""
ASSERTIONS = AssertionError | pytest.fail.Exception


class BehindHooks:
    """is_mine: True for a hook of the gate. hear: is called with a sentence, the exception and its thread."""

    def __init__(self, is_mine: Callable[[object], bool], hear: Callable[..., None]) -> None:
        self._is_mine = is_mine
        self._hear = hear
        self._open = False
        self._former: Any = None
        self.futures = Futures()

    def watch(self, files: Iterable[Path]) -> None:
        """Hear what sys.unraisablehook and the handlers of asyncio's loops are told, if these files name them.

        The former only then, because Python calls an audit hook for each use of a function's code too, some hundred
        with each test, and one can never be removed.
        """
        sources = [file.read_bytes() for file in files if file.is_file()]
        if any(ATTRIBUTE in source for source in sources):
            sys.addaudithook(self._audited)
        if any(HANDLER in source for source in sources):
            loops: Any = import_module("asyncio.base_events").BaseEventLoop
            loops.call_exception_handler = self._handling(loops.call_exception_handler)

    def listen(self) -> None:
        if self._open or self._former is not None:
            return
        self._open = True
        self._former = getattr(threading, MAKER, None)
        if self._former is not None:
            setattr(threading, MAKER, self._invoker)

    def close(self) -> None:
        self._open = False
        if self._former is not None and getattr(threading, MAKER, None) == self._invoker:
            setattr(threading, MAKER, self._former)
        self.futures.close()

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == UNRAISABLE and self._open:
            hook, told = arguments
            error = told.exc_value
            if error is not None and not isinstance(error, Warning) and self._hides(hook, error):
                place = getattr(told.object, "__qualname__", type(told.object).__name__)
                self._hear(f"{place} raised {named(error)}, and a sys.unraisablehook of the check hid it", error)

    def _invoker(self) -> Callable[[threading.Thread], object]:
        self.futures.listen()
        invoke = self._former()

        def heard(thread: threading.Thread) -> object:
            error, hook = sys.exception(), threading.excepthook
            result = invoke(thread)
            if self._open and error is not None and not isinstance(error, SystemExit) and self._hides(hook, error):
                what = f"The thread {thread.name} ended with {named(error)}, and a threading.excepthook of the check"
                self._hear(f"{what} hid it", error, thread)
            return result

        return heard

    def _handling(self, former: Callable[..., object]) -> Callable[..., object]:
        def heard(loop: Any, context: dict[str, Any]) -> object:
            error, handler = context.get("exception"), loop.get_exception_handler()
            result = former(loop, context)
            if self._open and error is not None and self._hides(handler, error):
                what = (
                    f"asyncio: {context.get('message')}: {named(error)}, and an exception handler of the check hid it"
                )
                self._hear(what, error)
            return result

        return heard

    def _hides(self, hook: object, error: BaseException) -> bool:
        if hook is None or self._is_mine(hook):
            return False
        function = _function_in(hook)
        code = getattr(function, "__code__", None)
        if code is None or is_of_library(code, getattr(function, "__globals__", {})):
            return False
        return isinstance(error, ASSERTIONS) or is_deaf(hook)


def is_deaf(hook: object) -> bool:
    """True for a function that reads none of its parameters."""
    function = _function_in(hook)
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    told = set(code.co_varnames[int(hasattr(hook, "__self__")) : count])
    read = [one.argval for one in dis.get_instructions(code) if one.opname.startswith("LOAD")]
    names = {name for value in read for name in (value if isinstance(value, tuple) else (value,))}
    return told.isdisjoint(names | set(code.co_cellvars))


def _function_in(hook: Any) -> Any:
    """The function of a partial, a bound method or a callable object; the object itself where it has none."""
    while isinstance(hook, functools.partial):
        hook = hook.func
    return getattr(hook, "__func__", hook)

"""Failed assertions in a pool of threads or processes whose outcome nobody asks for; Python does not report them."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from release_gate.record.causes import named

MODULE = "concurrent.futures._base"
"""The module of futures. It is not imported here, because few projects have a pool."""
ASKING = ("result", "exception", "add_done_callback")
"""Methods of a future that tell its outcome."""
RAISING = "__get_result"
"""The function of a future that raises what it holds."""
ASSERTIONS = AssertionError | pytest.fail.Exception


class Futures:
    """Keeps each future that ended with a failed assertion, until somebody asks it for its outcome."""

    def __init__(self) -> None:
        self._failed: dict[int, tuple[Any, BaseException]] = {}
        self._kind: Any = None
        self._former: Any = None

    def listen(self) -> None:
        """Called for each new thread, which every pool begins with."""
        module = sys.modules.get(MODULE)
        if module is None or self._kind is not None:
            return
        self._kind, self._former = module.Future, module.Future.set_exception
        failed, former = self._failed, self._former

        def set_exception(future: Any, error: BaseException | None) -> object:
            if isinstance(error, ASSERTIONS) and not (future._condition._waiters or future._done_callbacks):
                failed[id(future)] = future, error
                for name in ASKING:
                    setattr(future, name, _asking(future, name, failed))
            return former(future, error)

        self._kind.set_exception = set_exception

    def tell(self, hear: Callable[[str, BaseException], None]) -> None:
        """Call `hear` for each that nobody has asked."""
        for future, error in [*self._failed.values()] if self._failed else ():
            self._failed.pop(id(future), None)
            if RAISING not in [frame.name for frame in traceback.extract_tb(error.__traceback__)]:
                hear(f"A future ended with {named(error)}, and nobody asked for its result", error)

    def close(self) -> None:
        if self._kind is not None:
            self._kind.set_exception = self._former


def _asking(future: Any, name: str, failed: dict[int, tuple[Any, BaseException]]) -> Callable[..., object]:
    own = getattr(future, name)

    def asked(*arguments: Any, **named_ones: Any) -> object:
        failed.pop(id(future), None)
        return own(*arguments, **named_ones)

    return asked

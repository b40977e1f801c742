"""Records exceptions of the project's exit handlers, which run after the run is sealed."""

from __future__ import annotations

import atexit
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from os import getpid  # bound here: a check may replace it
from pathlib import Path
from types import CodeType
from typing import Any

from release_gate.record.causes import is_of_library, named
from release_gate.record.journal import Journal, JournalError
from release_gate.rules.model import Verdict
from release_gate.sealing.result import InvalidResult

GATE = str(Path(__file__).parents[2])
PACKAGES = frozenset({"site-packages", "dist-packages"})
"""Folders of packages, also beside those of this interpreter: a user's, a distribution's."""
UNRAISABLE, UNCAUGHT = "sys.unraisablehook", "sys.excepthook"
"""Python's audit events of an exception that it can only print, and of one that ends it; no hook suppresses them."""


def listen_until_the_end(
    folder: Path, witness: int | None, tell: Callable[[str], object]
) -> Callable[[BaseException], None]:
    """Append later exceptions to the sealed journal, and call `tell`: those of cleanups that a plugin registered with
    pytest, of exit handlers, and of threads that these start. Returns a function for exceptions caught by the caller.

    An audit hook is used, because an exit handler of the project may replace sys.unraisablehook and may run first.
    """
    owner = getpid()

    def heard(error: BaseException | None, *, uncaught: bool = False) -> None:
        if error is None or sys.is_finalizing() or getpid() != owner:
            return  # Python is clearing modules, or this is a forked child
        name = _of_project(error, innermost=uncaught) or ("pytest" if uncaught else "")
        if name:
            what = f"{name} raised {named(error)} as the interpreter ended"
            with suppress(JournalError, InvalidResult, OSError):
                journal = Journal(folder, witness=witness)
                journal.append("problem", verdict=Verdict.INCOMPLETE.value, code="UNHEARD", message=f"{what}.")
                journal.close()
                tell(what)

    def audited(event: str, arguments: tuple[Any, ...]) -> None:
        if event == UNRAISABLE:
            heard(arguments[1].exc_value)
        elif event == UNCAUGHT:
            heard(arguments[2], uncaught=True)

    def listen_to_threads() -> None:
        former = threading.excepthook  # by now pytest has restored the former hook

        def heard_in_thread(args: threading.ExceptHookArgs, /) -> object:
            heard(args.exc_value)
            return former(args)

        threading.excepthook = heard_in_thread

    sys.addaudithook(audited)
    atexit.register(listen_to_threads)
    return partial(heard, uncaught=True)


def _of_project(error: BaseException, *, innermost: bool) -> str:
    """The first or the last function in the exception's traceback that is of no library and not the gate's.

    Where its file lies does not count: code that is compiled from a text may name any file, or none. Empty if no such
    function is there.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = [one.f_code.co_name for one in frames if not _is_foreign(one.f_code, one.f_globals)]
    return own[-1 if innermost else 0] if own else ""


def _is_foreign(code: CodeType, space: Mapping[str, Any]) -> bool:
    elsewhere = bool(PACKAGES.intersection(Path(code.co_filename).parts)) and space.get("__file__") == code.co_filename
    return elsewhere or is_of_library(code, space) or code.co_filename.startswith(GATE)

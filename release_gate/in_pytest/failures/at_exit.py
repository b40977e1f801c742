"""Records exceptions of the project's exit handlers, which run after the run is sealed."""

from __future__ import annotations

import atexit
import faulthandler
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from os import _exit as leave
from os import getpid  # bound here: a check may replace them
from pathlib import Path
from time import sleep
from types import CodeType, FrameType
from typing import Any

from release_gate.record.causes import is_of_library, named
from release_gate.record.journal import Journal, JournalError
from release_gate.rules.model import Verdict
from release_gate.sealing.deadlines import GRACE_S
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
            _record(folder, witness, "UNHEARD", f"{name} raised {named(error)} as the interpreter ended", tell)

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


def end_in_time(limit_s: float, left_s: float, folder: Path, root: Path, tell: Callable[[str], object]) -> None:
    """End this process where it has not ended in `left_s` seconds, after recording that and calling `tell`.

    An exit handler or a thread of the project may hang; nobody watches a bare pytest from outside. A thread of Python
    judges the run again; where native code keeps it from running, faulthandler ends the process a second later.
    """
    main = threading.main_thread().ident

    def end() -> None:
        sleep(left_s)
        where = _place(sys._current_frames().get(main or 0), root)
        what = f"the run took longer than its timeout_s = {limit_s:g} and was ended{where} as the interpreter ended"
        _record(folder, None, "TIMEOUT", what, tell)
        leave(Verdict.INCOMPLETE.exit_code)

    threading.Thread(target=end, name="release gate's time limit", daemon=True).start()
    faulthandler.dump_traceback_later(left_s + GRACE_S, exit=True)


def _place(frame: FrameType | None, root: Path) -> str:
    """The innermost frame of the project's code, else the innermost one."""
    frames = [one for one, _ in traceback.walk_stack(frame)] if frame is not None else []
    own = [one for one in frames if Path(one.f_code.co_filename).is_relative_to(root)]
    named = next(iter(own or frames), None)
    return f" in {named.f_code.co_name} ({Path(named.f_code.co_filename).name}:{named.f_lineno})" if named else ""


def _record(folder: Path, witness: int | None, code: str, what: str, tell: Callable[[str], object]) -> None:
    with suppress(JournalError, InvalidResult, OSError):
        journal = Journal(folder, witness=witness)
        journal.append("problem", verdict=Verdict.INCOMPLETE.value, code=code, message=f"{what}.")
        journal.close()
        tell(what)


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

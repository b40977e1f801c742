"""Records exceptions that no code catches: of a thread, a __del__, an unawaited task or coroutine, a forked child.

pytest turns some of them into warnings, which a project may silence. Here they are recorded regardless of its filters.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from gc import collect as collect_garbage  # bound here: a check may replace it
from operator import is_not
from pathlib import Path
from threading import _active as active  # type: ignore[attr-defined]  # bound here: a check may replace them
from threading import _limbo as starting  # type: ignore[attr-defined]
from typing import Any
from weakref import WeakKeyDictionary

from release_gate.in_pytest.failures.behind_hooks import BehindHooks
from release_gate.in_pytest.failures.forks import Forks
from release_gate.record.causes import named

JOIN_S = 10.0
"""Seconds that each thread left by a check gets to end before the run is sealed."""
ASYNCIO = logging.getLogger("asyncio")
"""The loggers to which asyncio and uvloop report exceptions without a handler."""
NOBODY_HEARD = ("never retrieved", "exception in callback", "unhandled", "an error occurred")
"""Parts of their messages about an exception of the program; those about broken connections differ."""
POOLS = "concurrent.futures.thread"
"""The module with the threads of executors, which wait for more work; not loaded here, because few projects do."""
THROWN_AWAY = "was destroyed but it is pending"
"""asyncio's message for a task that was destroyed before it ended."""


def all_threads() -> list[threading.Thread]:
    """The threads that there are, as threading.enumerate has them; without its lock, which takes longer than to look.

    A thread that has just started may stand here twice.
    """
    return [*active.values(), *starting.values()]


class UnheardError(Exception):
    """Raised in the check whose thread, object or coroutine failed. root_cause: the failure in one sentence."""

    def __init__(self, root_cause: str) -> None:
        super().__init__(root_cause)
        self.root_cause = root_cause


@dataclass(frozen=True, slots=True)
class Unheard:
    """A failure in one sentence, with its exception if there is one."""

    what: str
    error: BaseException | None


class Listening:
    """Records uncaught exceptions: within a check's phase for that check, at any other time for the run (`late`)."""

    def __init__(self, forks: Forks) -> None:
        self._forks = forks
        self.late: list[str] = []
        self._current = ""
        self._here: list[Unheard] = []
        self._left_by: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()
        self._hooks: dict[str, Any] = {}
        self._mine: list[Any] = []
        self._noted: set[int] = set()
        self._behind = BehindHooks(self._is_mine, self._hear_behind)
        self._makers: tuple[tuple[Any, str, Callable[[Any], Any]], ...] = (
            (threading, "excepthook", self._thread_hook),
            (sys, "unraisablehook", self._unraisable_hook),
            (warnings, "_warn_unawaited_coroutine", self._unawaited_hook),
            (ASYNCIO, "error", self._asyncio_hook),
            (logging.Handler, "handleError", self._logging_hook),
        )

    def watch(self, files: Iterable[Path]) -> None:
        """Hear what hooks in the source of these files hide, from here on."""
        self._behind.watch(files)

    def phase_of(self, name: str, *, last: bool = False) -> _Phase:
        """Raise UnheardError at the end of the phase for failures within it. last: True for the check's last phase."""
        return _Phase(self, name, last=last)

    def begin(self, name: str) -> list[threading.Thread]:
        """A phase begins; returns the threads that there are."""
        self.install()
        self._current, self._here = name, []
        self._noted.clear()
        return all_threads()

    def end(self, name: str, before: list[threading.Thread]) -> list[Unheard]:
        """A phase ends; returns its failures. before: the threads at its beginning."""
        self._hear_children()
        self._behind.futures.tell(self._hear_behind)
        self._current, here = "", self._here
        now = all_threads()
        if len(now) != len(before) or any(map(is_not, now, before)):
            for thread in set(now) - set(before):
                self._left_by.setdefault(thread, name)
        return here

    def after_the_last(self) -> list[str]:
        """Failures outside every phase, which pytest did not report; first ends threads and collects garbage."""
        idle = set(getattr(sys.modules.get(POOLS), "_threads_queues", ()))
        for thread in [one for one in self._left_by if one.is_alive() and not one.daemon and one not in idle]:
            thread.join(JOIN_S)
            if thread.is_alive():
                self.late.append(f"The thread {thread.name}, left behind by {self._left_by[thread]}, never ended.")
        collect_garbage()
        self._hear_children()
        return self.late

    def close(self) -> None:
        """Restore the former hooks, except where other code has replaced these."""
        for module, name, mine, former in self._hooks.values():
            if getattr(module, name) is mine:
                setattr(module, name, former)
        self._hooks, self._mine = {}, []
        self._behind.close()

    def install(self) -> None:
        """Install the hooks again before each phase, because a check or a conftest may have replaced them."""
        if self._are_installed():
            return
        self._behind.listen()
        for module, name, make in self._makers:
            present, known = getattr(module, name, None), self._hooks.get(name)
            if present is not None and (known is None or present is not known[2]):
                mine = make(present)
                setattr(module, name, mine)
                self._hooks[name] = (module, name, mine, present)
        self._mine = [self._hooks[name][2] for _, name, _ in self._makers if name in self._hooks]

    def _are_installed(self) -> bool:
        """True if every hook is the gate's. Read one by one, because this runs six times with each test."""
        if len(self._mine) != len(self._makers):
            return False
        of_threads, unraisable, unawaited, of_asyncio, of_logging = self._mine
        try:
            return (
                threading.excepthook is of_threads
                and sys.unraisablehook is unraisable
                and warnings._warn_unawaited_coroutine is unawaited  # type: ignore[attr-defined]
                and ASYNCIO.error is of_asyncio
                and logging.Handler.handleError is of_logging
            )
        except AttributeError:  # one was deleted
            return False

    def _thread_hook(self, former: Callable[..., object]) -> Callable[..., object]:
        def heard(args: threading.ExceptHookArgs, /) -> object:
            if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
                owner = self._left_by.get(args.thread, "") if args.thread else ""
                name = args.thread.name if args.thread else "of no name"
                self._note(f"The thread {name} ended with {named(args.exc_value)}", args.exc_value, owner)
            return former(args)

        return heard

    def _unraisable_hook(self, former: Callable[..., object]) -> Callable[..., object]:
        def heard(args: Any, /) -> object:
            known = id(args.exc_value) in self._noted
            if args.exc_value is not None and not known and not isinstance(args.exc_value, Warning):
                place = getattr(args.object, "__qualname__", type(args.object).__name__)
                self._note(f"{place} raised {named(args.exc_value)}, which Python ignored", args.exc_value)
            return former(args)

        return heard

    def _unawaited_hook(self, former: Callable[..., object]) -> Callable[..., object]:
        def heard(coroutine: Any) -> object:
            self._note(f"The coroutine {coroutine.__qualname__} was never awaited", None)
            return former(coroutine)

        return heard

    def _asyncio_hook(self, former: Callable[..., object]) -> Callable[..., object]:
        def heard(message: object, *arguments: object, **named_ones: Any) -> object:
            given = named_ones.get("exc_info")
            error = given[1] if isinstance(given, tuple) else None
            what = str(message).partition("\n")[0]
            if error is not None and any(part in what.lower() for part in NOBODY_HEARD):
                self._note(f"asyncio: {what}: {named(error)}", error)
            elif THROWN_AWAY in what:
                self._note(f"asyncio: {_task_in(str(message)) or what}", None)
            return former(message, *arguments, **named_ones | {"stacklevel": named_ones.get("stacklevel", 1) + 1})

        return heard

    def _logging_hook(self, former: Callable[..., object]) -> Callable[..., object]:
        """Records a logging call that cannot be formatted; other errors of a handler are not recorded."""

        def heard(handler: logging.Handler, record: logging.LogRecord) -> object:
            try:
                record.getMessage()
            except Exception as error:
                place = f"{Path(record.pathname).name}:{record.lineno}"
                self._note(f"The logging call of {place} cannot be formatted: {named(error)}", error)
            return former(handler, record)

        return heard

    def _is_mine(self, hook: object) -> bool:
        return any(hook is one for one in self._mine)

    def _hear_behind(self, what: str, error: BaseException, thread: threading.Thread | None = None) -> None:
        """Record what another hook than the gate's was told and has hidden, unless the gate's was told as well."""
        if id(error) not in self._noted:
            self._note(what, error, self._left_by.get(thread, "") if thread else "")

    def _hear_children(self) -> None:
        if self._forks.has_forked:
            for owner, cause in self._forks.reports():
                self._note(f"A forked child raised {cause}", None, owner)

    def _note(self, what: str, error: BaseException | None, owner: str = "") -> None:
        if error is not None:
            self._noted.add(id(error))
        if self._current and owner in ("", self._current):
            self._here.append(Unheard(what, error))
        else:
            by = f"left behind by {owner}, " if owner else ""
            self.late.append(f"{what}, {by}outside of a check.")


class _Phase:
    """The block of a phase; a class, because contextlib's generators cost each test three times as much."""

    __slots__ = ("_before", "_last", "_listening", "_name")

    def __init__(self, listening: Listening, name: str, *, last: bool) -> None:
        self._listening, self._name, self._last = listening, name, last

    def __enter__(self) -> None:
        self._before = self._listening.begin(self._name)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if self._last and error is None:
                collect_garbage(1)
        finally:
            here = self._listening.end(self._name, self._before)
        if here and error is None:
            more = f" (and {len(here) - 1} more)" if len(here) > 1 else ""
            raise UnheardError(here[0].what + more) from here[0].error


def _task_in(message: str) -> str:
    """A sentence that names the task's coroutine, from a message of asyncio; empty if that names none."""
    found = re.search(r"coro=<([^ >]+)", message)
    return f"The task of {found[1]} {THROWN_AWAY}" if found else ""

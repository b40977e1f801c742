"""Hooks of the project that raise: the hook and the place are named, and the run is sealed all the same."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import FrameType, TracebackType

import pytest

from release_gate.in_pytest.failures.library import cause_of
from release_gate.record.causes import LIBRARIES, named, root_of
from release_gate.record.files import shown_path

CALLS = "_multicall"
"""pluggy's function that calls the implementations of a hook; its variable `hook_name` names the hook."""

MOST_ENDINGS = 100
"""Most functions of pytest's end that are called after one has raised; one may register another."""


class Ending:
    """The end of the session: calls `end` after every plugin, with what one of them raised."""

    def __init__(self, end: Callable[[BaseException | None], None]) -> None:
        self._end = end

    def come_last(self, manager: pytest.PytestPluginManager) -> None:
        """Be the outermost wrapper of those that are registered by now."""
        if manager.is_registered(self):
            manager.unregister(self)
        manager.register(self)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_unconfigure(self) -> Generator[None, object, object]:
        try:
            result = yield
        except BaseException as error:
            self._end(error)
            return None
        self._end(None)
        return result


def raised_as_it_ends(config: pytest.Config) -> Iterator[BaseException]:
    """Call the functions of pytest's end that are left once one has raised; yields what they raise."""
    for _ in range(MOST_ENDINGS):
        try:
            config._ensure_unconfigure()
        except BaseException as error:  # the project's code, which may raise anything
            yield error
        else:
            return


def told(error: BaseException, root: Path) -> str:
    """`The hook pytest_sessionfinish raised ValueError: the plug does not fit (conftest.py:3).`

    Where no code of the project raised it, what of Python's own the project has replaced may be the cause.
    """
    hook, place = hook_of(error) or "of pytest", place_of(error, root)
    if place:
        return f"The hook {hook} raised {named(root_of(error))} ({place})."
    return f"The hook {hook} failed: {cause_of(root_of(error))}."


def hook_of(error: BaseException) -> str:
    """The innermost hook in which it was raised; empty if there is none."""
    names = [str(frame.f_locals["hook_name"]) for frame in _frames(error.__traceback__) if _calls_a_hook(frame)]
    return names[-1] if names else ""


def place_of(error: BaseException, root: Path) -> str:
    """File and line of the innermost frame of the project's code; empty if there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).is_relative_to(root) and not one.filename.startswith(LIBRARIES)]
    return f"{shown_path(Path(own[-1].filename), root)}:{own[-1].lineno}" if own else ""


def _calls_a_hook(frame: FrameType) -> bool:
    return frame.f_code.co_name == CALLS and "hook_name" in frame.f_locals


def _frames(trace: TracebackType | None) -> Iterator[FrameType]:
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next

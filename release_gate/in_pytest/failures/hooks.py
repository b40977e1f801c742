"""Names the hook that raised, and the place in the project's code where it did."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType

from release_gate.record.causes import LIBRARIES, named, root_of
from release_gate.record.files import shown_path

CALLS = "_multicall"
"""pluggy's function that calls the implementations of a hook; its variable `hook_name` names the hook."""


def told(error: BaseException, root: Path) -> str:
    """`The hook pytest_sessionfinish raised ValueError: … (conftest.py:3).`; without a hook, what was raised."""
    hook = hook_of(error)
    what = f"The hook {hook} raised" if hook else "It raised"
    return f"{what} {named(root_of(error))}{_in_brackets(place_of(error, root))}."


def hook_of(error: BaseException) -> str:
    """The innermost hook in which it was raised; empty if there is none."""
    names = [str(frame.f_locals["hook_name"]) for frame in _frames(error.__traceback__) if _calls_a_hook(frame)]
    return names[-1] if names else ""


def place_of(error: BaseException, root: Path) -> str:
    """File and line of the innermost frame of the project's code; empty if there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).is_relative_to(root) and not one.filename.startswith(LIBRARIES)]
    return f"{shown_path(Path(own[-1].filename), root)}:{own[-1].lineno}" if own else ""


def _in_brackets(place: str) -> str:
    return f" ({place})" if place else ""


def _calls_a_hook(frame: FrameType) -> bool:
    return frame.f_code.co_name == CALLS and "hook_name" in frame.f_locals


def _frames(trace: TracebackType | None) -> Iterator[FrameType]:
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next

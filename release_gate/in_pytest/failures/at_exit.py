"""Exceptions of the project's functions that run as the interpreter ends, when the run has been sealed."""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from release_gate.record.causes import LIBRARIES, named
from release_gate.record.journal import Journal, JournalError
from release_gate.rules.model import Verdict
from release_gate.sealing.result import InvalidResult

CALLBACK = "atexit callback"
"""A part of what Python says of an exception that such a function raised."""


def listen_until_the_end(folder: Path, root: Path, witness: int | None, tell: Callable[[str], object]) -> None:
    """Write what such a function raises into the journal, behind its seal, and tell it.

    The last function to be registered is the first to run; by then pytest has put back the hook that it found.
    """
    atexit.register(_listen, os.getpid(), folder, root, witness, tell)


def _listen(owner: int, folder: Path, root: Path, witness: int | None, tell: Callable[[str], object]) -> None:
    former = sys.unraisablehook
    if os.getpid() != owner:  # a forked child that ends as its parent would
        return

    def heard(args: Any, /) -> object:
        if CALLBACK in str(args.err_msg) and args.exc_value is not None:
            name = _of_project(args.exc_value, root)
            if name:
                what = f"{name} raised {named(args.exc_value)} as the interpreter ended"
                with suppress(JournalError, InvalidResult, OSError):
                    journal = Journal(folder, witness=witness)
                    journal.append("problem", verdict=Verdict.INCOMPLETE.value, code="UNHEARD", message=f"{what}.")
                    journal.close()
                    tell(what)
        return former(args)

    sys.unraisablehook = heard


def _of_project(error: BaseException, root: Path) -> str:
    """The project's function that the exception came through; empty where there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).is_relative_to(root) and not one.filename.startswith(LIBRARIES)]
    return own[0].name if own else ""

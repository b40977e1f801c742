"""The run that a command is about: the folder given, else the latest one, with what its journal gives."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from release_gate.record.journal import JournalError
from release_gate.record.records import Run
from release_gate.rules.declaration import Declaration
from release_gate.sealing.folders import latest
from release_gate.sealing.result import InvalidResult, from_journal


def said_that_there_is_none(declaration: Declaration) -> int:
    """Tell that no run is on disk; returns the exit code of a refusal."""
    sys.stderr.write(f"{declaration.runs_dir} holds no run: run the gate first (python3 -m release_gate run).\n")
    return 1


def recomputed(declaration: Declaration, given: Path | None) -> tuple[Path, Run, dict[str, Any]] | None:
    """The folder, its run and the result that its journal gives; None, and the reason on standard error, without."""
    folder = given or latest(declaration)
    if folder is None:
        said_that_there_is_none(declaration)
        return None
    try:
        run, result = from_journal(folder, declaration.root)
    except (JournalError, InvalidResult) as error:
        sys.stderr.write(f"{error}\n")
        return None
    return folder, run, result

"""The earlier runs on this disk: for the page of a run, which keeps them, and for the times that a run may take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Verdict
from release_gate.sealing.folders import began, run_folders
from release_gate.sealing.past_runs.chronicle import recurrences
from release_gate.sealing.past_runs.history import read_runs, unstable
from release_gate.sealing.result import NAME as RESULT
from release_gate.telling.page.kept import EARLIER_RUNS, EarlierRun, Recurrence, Unstable

LOOKED_AT = 20
"""Most runs that are read for the usual time."""
COUNTED = 3
"""Most runs whose times are counted."""


def earlier_runs(declaration: Declaration, run_id: str) -> dict[str, list[Any]]:
    """The last runs before `run_id`, their findings, and unstable checks."""
    entries = read_runs(declaration, newest=EARLIER_RUNS, before=run_id)
    return {
        "earlier": [
            EarlierRun(
                run_id=one["run_id"],
                state=one["state"],
                verdict=one["verdict"],
                line=one["line"] or one["reason"],
                started_at=one.get("started_at") or "",
                commit=one.get("commit") or "",
                passed=one["passed"],
                failed=one["failed"],
            )
            for one in entries
        ],
        "recurrences": [
            Recurrence(one.check, one.root_cause, len(one.runs), one.runs[0], one.runs[-1], one.gone_since)
            for one in recurrences(entries)
        ],
        "unstable": [Unstable(one["check"], one["failed"], one["runs"]) for one in unstable(entries)],
    }


def usual_seconds(declaration: Declaration, run_id: str) -> Mapping[str, float]:
    """Median seconds of each criterion in the last runs before `run_id` that passed; empty without one.

    For display alone: results are read as they lie there and are not proven.
    """
    folders = sorted((folder for folder in run_folders(declaration) if folder.name != run_id), key=began)
    taken: dict[str, list[float]] = {}
    for folder in reversed(folders[-LOOKED_AT:]):
        for criterion, seconds in _seconds_of_pass(folder).items():
            taken.setdefault(criterion, []).append(seconds)
    return {criterion: median(seconds[:COUNTED]) for criterion, seconds in taken.items()}


def _seconds_of_pass(folder: Path) -> dict[str, float]:
    """Seconds of each criterion of a PASS; empty for another result, and for a file that is none."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        result = json.loads((folder / RESULT).read_bytes())
        if result["verdict"] == Verdict.PASS.value:
            return {one["id"]: sum(check["duration_s"] for check in one["checks"]) for one in result["criteria"]}
    return {}

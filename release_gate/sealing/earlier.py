"""The earlier runs on this disk, as the page of a run shows them; kept with the run, because they change later."""

from __future__ import annotations

from typing import Any

from release_gate.rules.declaration import Declaration
from release_gate.sealing.chronicle import recurrences
from release_gate.sealing.history import read_runs, unstable
from release_gate.telling.page.kept import EARLIER_RUNS, EarlierRun, Recurrence, Unstable


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

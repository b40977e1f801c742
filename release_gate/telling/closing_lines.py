"""The last lines of a run: at most LONGEST of them, with the verdict, its causes, what to do, and where to read on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from release_gate.record.files import shown_path
from release_gate.rules.declaration import Declaration
from release_gate.rules.escaping import one_line
from release_gate.rules.model import PAGE, SHARD, Outcome
from release_gate.telling.reports import findings_in, verdict_line

FAILED = "PRODUCTION PROOF FAILED"
SHARD_ENDED = "Shard ended without a failure"
LONGEST = 15
"""Most lines."""
CLOSING_CAUSES = 4
"""Most causes among them; the others are counted."""
CLOSING_STEPS = 4
"""Most steps of fix plans among them, shared by the causes."""


def closing_lines(
    declaration: Declaration, result: dict[str, Any], folder: Path, width: int | None = None
) -> list[str]:
    """The last lines of a run; the first has the wording that the team already knows.

    width: columns of the terminal, to which causes and steps are cut; None leaves them whole.
    """
    where = f"Artifacts: {shown_path(folder, declaration.root)}/"
    if result["verdict"] == "PASS":
        return [
            "PRODUCTION PROOF COMPLETE",
            "Backend is PRODUCTION READY",
            f"Verdict: {verdict_line(result)}",
            f"Run ID: {result['run_id']}",
            where,
        ]
    causes = _causes(result)
    document = shown_path(declaration.docs_dir / "RELEASE_BLOCKED.md", declaration.root)
    return [
        _headline(result) if causes else SHARD_ENDED,
        *(_cut(line, width) for line in causes),
        f"Verdict: {verdict_line(result)}",
        f"Run ID: {result['run_id']}",
        where,
        f"Page: {shown_path(folder / PAGE, declaration.root)}",
        f"Release blocked document written: {document}",
    ]


def _headline(result: dict[str, Any]) -> str:
    failed = next((one for one in result["criteria"] if one["verdict"] != "PASS"), None)
    return f"{FAILED} at step {one_line('{id}. {title}'.format_map(failed))}" if failed else FAILED


def _causes(result: dict[str, Any]) -> list[str]:
    """Causes, each with the first steps of its fix plan; at most 2 * CLOSING_CAUSES + 1 lines."""
    found = findings_in(result)
    causes = [one for one in found if not one["same_cause_as"]]
    same = [one["same_cause_as"] for one in found]
    told = [[_cause(one, same.count(one["check"])), *_steps(one, len(causes))] for one in causes]
    told += [[f"  {one_line(reason)}"] for reason in (_of_run(result) if found else _reasons(result))]
    lines = [line for one in told[:CLOSING_CAUSES] for line in one]
    left = len(told) - CLOSING_CAUSES
    return [*lines, f"  and {left} more, in ERROR_TRIAGE_REPORT.md"] if left > 0 else lines


def _cause(finding: Mapping[str, Any], others: int) -> str:
    beside = f" ({others} more {'check' if others == 1 else 'checks'} failed by it)" if others else ""
    return f"  {one_line(finding['check'])}{beside}: {one_line(finding['root_cause'])}"


def _steps(finding: Mapping[str, Any], causes: int) -> list[str]:
    most = max(1, CLOSING_STEPS // causes)
    return [f"    fix: {one_line(step)}" for step in finding["fix_plan"][:most]]


def _reasons(result: dict[str, Any]) -> list[str]:
    """The reasons for a verdict; of a shard without those of checks that are other shards' to run."""
    is_shard = any(note.startswith(SHARD) for note in result["notes"])
    return [one for one in result["reasons"] if not (is_shard and f" {Outcome.NOT_RUN.value}" in one)]


def _of_run(result: dict[str, Any]) -> list[str]:
    """The reasons for a verdict that are about the run itself."""
    of_checks = tuple(f"{check['id']} {check['title']}" for one in result["criteria"] for check in one["checks"])
    return [reason for reason in result["reasons"] if not reason.startswith(of_checks)]


def _cut(line: str, width: int | None) -> str:
    return line if width is None or len(line) < width else f"{line[: width - 2]}…"

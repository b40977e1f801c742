"""A result as Markdown for the page of a CI job: verdict, criteria, and each finding with its fix.

Texts of the run are escaped: no markup, link or image, one line each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from string import punctuation
from typing import Any

from release_gate.rules.model import Verdict
from release_gate.telling.reports import findings_in, verdict_line

LONGEST = 1_000
"""Most characters of one text; the triage report has all of it."""
REASONS = 50
LEFT_OUT = "\n… and {} more parts, which stand in ERROR_TRIAGE_REPORT.md of the run.\n"
ROOM_FOR_LEFT_OUT = 120
ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in punctuation}


def summary(result: dict[str, Any], evidence: str, room: int) -> str:
    """At most `room` bytes of UTF-8 in complete parts; the number of omitted parts is at the end.

    evidence: the run folder's place. Empty if not even one part fits.
    """
    head: list[Callable[[], str]] = [partial(_head, result, evidence), partial(_criteria, result)]
    return _fitting([*head, *_findings(result), *_rest(result)], room)


def plain(text: object) -> str:
    """Markdown that shows the text: one line, shortened, special characters as entities."""
    line = str(text)
    line = line if line.isprintable() else "".join(sign if sign.isprintable() else " " for sign in line)
    shown = " ".join(line.split())
    shown = shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
    return shown.translate(ENTITIES)


def _fitting(parts: Sequence[Callable[[], str]], room: int) -> str:
    """The first parts that fit in the room; the others are never made."""
    kept: list[str] = []
    left = room - ROOM_FOR_LEFT_OUT
    for made in parts:
        part = made()
        left -= len(part.encode())
        if left < 0:
            return "".join([*kept, LEFT_OUT.format(len(parts) - len(kept))]) if kept else ""
        kept.append(part)
    return "".join(kept)


def _head(result: dict[str, Any], evidence: str) -> str:
    commit = result["subject"].get("commit")
    of_commit = f" of commit <code>{plain(commit)}</code>" if commit else ""
    return (
        f"## {plain(result['title'])}: {plain(verdict_line(result))}\n\n"
        f"Run <code>{plain(result['run_id'])}</code>{of_commit}, evidence in <code>{plain(evidence)}</code>.\n\n"
    )


def _criteria(result: dict[str, Any]) -> str:
    lines = ["| criterion | verdict | checks passed |", "|---|---|---|"]
    for one in result["criteria"]:
        passed = sum(check["outcome"] == "PASSED" for check in one["checks"])
        waived = sum(check["waived"] for check in one["checks"])
        count = f"{passed} of {len(one['checks'])}" + (f", {waived} waived" if waived else "")
        lines.append(f"| {plain(one['id'])} {plain(one['title'])} | {one['verdict']} | {count} |")
    return "\n".join(lines) + "\n\n"


def _findings(result: dict[str, Any]) -> list[Callable[[], str]]:
    titles = {check["id"]: check["title"] for one in result["criteria"] for check in one["checks"]}
    return [partial(_finding, finding, titles[finding["check"]]) for finding in findings_in(result)]


def _finding(finding: dict[str, Any], title: str) -> str:
    head = f"### {plain(finding['check'])} {plain(title)} ({plain(finding['category'])})\n\n"
    if finding["same_cause_as"]:
        return f"{head}The same cause as {plain(finding['same_cause_as'])}.\n\n"
    steps = "".join(f"{number}. {plain(step)}\n" for number, step in enumerate(finding["fix_plan"], start=1))
    blocks = f"Not run because of it: {plain(', '.join(finding['blocks']))}.\n\n" if finding["blocks"] else ""
    return (
        f"{head}**Root cause:** {plain(finding['root_cause'])}\n\n{blocks}"
        f"**See it again:** <code>{plain(finding['reproduction'])}</code>\n\n**Fix:**\n\n{steps}\n"
        f"**Fixed when:** {plain(finding['acceptance'])}\n\n"
    )


def _rest(result: dict[str, Any]) -> list[Callable[[], str]]:
    """Other problems that keep the run from passing, and its warnings."""
    parts: list[Callable[[], str]] = []
    if result["verdict"] != Verdict.PASS.value:
        parts.append(partial(_list, "Every reason for the verdict", result["reasons"]))
    if result["warnings"]:
        parts.append(partial(_list, "Warnings", result["warnings"]))
    return parts


def _list(title: str, lines: list[str]) -> str:
    shown = [f"- {plain(line)}" for line in lines[:REASONS]]
    more = [f"- … and {len(lines) - REASONS} more"] if len(lines) > REASONS else []
    return "\n".join([f"### {title}", "", *shown, *more]) + "\n\n"

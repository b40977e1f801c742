"""Summary of all runs on disk: their findings, how often each occurred, which are gone, and the last result.

A finding is gone only if a later run ran its check and the check passed; its absence alone proves nothing.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release_gate.record.files import shown_path, write_whole
from release_gate.rules.declaration import Declaration
from release_gate.rules.escaping import code, markdown
from release_gate.rules.language import Language
from release_gate.rules.model import PAGE
from release_gate.sealing.past_runs.history import COPIED, JUDGED, Entry, read_runs, unstable, write_index
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import InvalidResult
from release_gate.telling.reports import findings_in

ERADICATION, STATUS = "ERROR_ERADICATION_SUMMARY.md", "FINAL_STATUS.md"
LIST = "index.html"
DERIVED = "<!-- Derived from docs/_runs by `python3 -m release_gate history` after each run; never edited. -->"
VARIABLE = re.compile(r"0x[0-9a-fA-F]+|[0-9a-f]{16,}|\d+(?:[.,:\-]\d+)*")
"""Parts of a root cause that vary between runs: addresses, digests, counts, ports, stamps."""
LONGEST_CAUSE = 160


@dataclass(frozen=True, slots=True)
class Recurrence:
    """One cause over all judged runs. runs: those that found it. gone_since: the run that proved it gone, if any."""

    check: str
    category: str
    root_cause: str
    runs: tuple[str, ...]
    gone_since: str | None


def normalised(root_cause: str) -> str:
    """A root cause without its varying parts."""
    return " ".join(VARIABLE.sub("#", root_cause).split())


def recurrences(entries: Sequence[Entry]) -> list[Recurrence]:
    """The causes in the judged runs (oldest first); those that still exist come first. Pure."""
    judged = [entry for entry in entries if entry["state"] == JUDGED]
    seen: dict[tuple[str, str, str], list[int]] = {}
    shown: dict[tuple[str, str, str], str] = {}
    for place, entry in enumerate(judged):
        for finding in entry["findings"]:
            key = (finding["check"], finding["category"], normalised(finding["root_cause"]))
            if place not in seen.setdefault(key, []):
                seen[key].append(place)
            shown[key] = finding["root_cause"]
    found = []
    for (check, category, cause), places in seen.items():
        later = judged[places[-1] + 1 :]
        gone = next((entry["run_id"] for entry in later if check in entry["passed"]), None)
        runs = tuple(judged[place]["run_id"] for place in places)
        found.append(Recurrence(check, category, shown[check, category, cause], runs, gone))
    return sorted(found, key=lambda one: (one.gone_since is not None, one.check, one.root_cause))


def eradication(declaration: Declaration, entries: Sequence[Entry]) -> str:
    """ERROR_ERADICATION_SUMMARY.md."""
    found = recurrences(entries)
    still = sum(one.gone_since is None for one in found)
    judged = sum(entry["state"] == JUDGED for entry in entries)
    lines = [
        f"# {_cell(declaration.title)}: error eradication summary",
        "",
        DERIVED,
        "",
        f"{len(entries)} runs on disk, {judged} judged; {len(found)} findings, {still} not proven gone.",
        "A finding is gone when a later run ran its check and the check passed.",
        "",
        "| check | category | root cause | runs | first | last | gone since |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {_cell(one.check)} | {_cell(one.category)} | {_cell(one.root_cause)} |"
        f" {len(one.runs)} | {one.runs[0]} | {one.runs[-1]} | {one.gone_since or '**no**'} |"
        for one in found
    ]
    lines += _unstable(entries)
    unproven = [entry for entry in entries if entry["state"] != JUDGED]
    if unproven:
        lines += ["", "## Runs that are not counted", "", "| run | state | why |", "|---|---|---|"]
        lines += [f"| {entry['run_id']} | {entry['state']} | {_cell(entry['reason'])} |" for entry in unproven]
    return "\n".join(lines) + "\n"


def status(declaration: Declaration, entries: Sequence[Entry]) -> str:
    """FINAL_STATUS.md: the last run, whatever it was."""
    head = [f"# {_cell(declaration.title)}: final status", "", DERIVED, ""]
    runs = [entry for entry in entries if entry["state"] != COPIED]
    if not runs:
        return "\n".join([*head, "No run is on disk.", "", "Next: `python3 -m release_gate run`."]) + "\n"
    last = runs[-1]
    if last["state"] != JUDGED:
        why = f"Run `{last['run_id']}` is {last['state']}: {_cell(last['reason'])} It releases nothing."
        return "\n".join([*head, why, "", "Next: `python3 -m release_gate run`."]) + "\n"
    result = json.loads((declaration.runs_dir / last["run_id"] / RESULT).read_text(encoding="utf-8"))
    lines = _status_lines(declaration, result, last)
    return "\n".join([*head, *lines[:-2], *_unstable(entries, last["commit"] or ""), *lines[-2:]]) + "\n"


def _status_lines(declaration: Declaration, result: dict[str, Any], last: Entry) -> list[str]:
    """Verdict, input, criteria, what blocks and waivers of the last run; the last two lines name the next command."""
    commit = f"{last['commit'] or 'unknown'}{' with uncommitted changes' if last['dirty'] else ''}"
    lines = [
        f"**{markdown(last['line'])}**, run `{last['run_id']}`, {last['started_at']} to {last['finished_at']}.",
        "",
        "; ".join([f"Commit {commit}", *(_input(name, facts) for name, facts in last["inputs"].items())]) + ".",
        "",
        "| criterion | verdict | checks passed |",
        "|---|---|---|",
    ]
    for criterion in result["criteria"]:
        passed = sum(check["outcome"] == "PASSED" for check in criterion["checks"])
        title = f"{criterion['id']} {criterion['title']}"
        lines.append(f"| {_cell(title)} | {criterion['verdict']} | {passed} of {len(criterion['checks'])} |")
    found = [finding for finding in findings_in(result) if not finding["same_cause_as"]]
    if found:
        lines += ["", "## What blocks", ""]
        for finding in found:
            lines += [f"- **{_cell(finding['check'])}** {_cell(finding['category'])}: {_cell(finding['root_cause'])}"]
            lines += [f"  {number}. {_cell(step)}" for number, step in enumerate(finding["fix_plan"], 1)]
    elif result["reasons"]:
        lines += ["", "## What blocks", "", *(f"- {_cell(reason)}" for reason in result["reasons"])]
    for waiver in result["waivers"]:
        state = "" if waiver["used"] else ", no longer needed"
        lines += ["", f"Waived: {_cell(waiver['check'])} until {waiver['expires']} ({_cell(waiver['reason'])}){state}."]
    where = shown_path(declaration.runs_dir / last["run_id"] / RESULT, declaration.root)
    proof = code(f"python3 -m release_gate verify {where}")
    return [*lines, "", f"Next: {'verify before you rely on it' if result['verdict'] == 'PASS' else 'see'} {proof}."]


def _input(name: str, facts: dict[str, str | None]) -> str:
    return " ".join(part for part in (name, facts["kind"], facts["sha256"]) if part)


def _unstable(entries: Sequence[Entry], commit: str | None = None) -> list[str]:
    """Checks that passed and failed on the same subject; of one commit if it is named."""
    found = [one for one in unstable(entries) if commit in (None, one["commit"])]
    return ["", "## Unstable", "", *(f"- {unstable_sentence(one)}" for one in found)] if found else []


def unstable_sentence(one: dict[str, Any]) -> str:
    """`C8 failed 1 of 14 runs of the same subject (commit …).`"""
    return f"{one['check']} failed {one['failed']} of {one['runs']} runs of the same subject (commit {one['commit']})."


def _cell(text: str) -> str:
    """A text as one escaped line of limited length."""
    line = " ".join(text.split())
    return markdown(line if len(line) <= LONGEST_CAUSE else line[: LONGEST_CAUSE - 1] + "…")


def write_or_warn(declaration: Declaration, spoken: Language, derived: Mapping[Path, bytes]) -> None:
    """Write the history after a run, without affecting its verdict: errors are only printed."""
    try:
        write(declaration, spoken, derived)
    except (OSError, InvalidResult) as error:
        sys.stderr.write(f"The history of the runs could not be written: {error}\n")


def write(declaration: Declaration, spoken: Language, derived: Mapping[Path, bytes] | None = None) -> list[Entry]:
    """Index, list of runs, eradication summary and final status, from what is on disk now; returns the runs.

    spoken: the language that the list shows until its reader chooses. derived: results that have just been derived
    from the journals of their folders.
    Raises OSError where one of them cannot be written, InvalidResult for an index that follows no schema.
    """
    from release_gate.telling.page.rendering import index  # only here: its templates cost 50 ms to import

    entries = read_runs(declaration, derived=derived)
    write_index(declaration, entries)
    pages = frozenset(one["run_id"] for one in entries if (declaration.runs_dir / one["run_id"] / PAGE).is_file())
    write_whole(declaration.runs_dir / LIST, index(declaration.title, entries, pages, spoken))
    write_whole(declaration.docs_dir / ERADICATION, eradication(declaration, entries).encode())
    write_whole(declaration.docs_dir / STATUS, status(declaration, entries).encode())
    return entries

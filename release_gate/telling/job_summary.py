"""A result as Markdown for the page of a CI job: verdict, criteria, and each finding with its fix.

Texts of the run are escaped: no markup, link or image, one line each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from string import punctuation
from typing import Any

from release_gate.rules.language import Language
from release_gate.rules.model import Verdict
from release_gate.telling.reports import findings_in, verdict_line
from release_gate.telling.sentences import told

LONGEST = 1_000
"""Most characters of one text; the triage report has all of it."""
REASONS = 50
ROOM_FOR_LEFT_OUT = 120
Say = Callable[..., str]
"""A fixed sentence by its name, in the language of the run."""
ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in punctuation}


def summary(result: dict[str, Any], evidence: str, room: int, language: Language = Language.EN) -> str:
    """At most `room` bytes of UTF-8 in complete parts; the number of omitted parts is at the end.

    evidence: the run folder's place. Empty if not even one part fits.
    """
    say = partial(told, language)
    head: list[Callable[[], str]] = [partial(_head, result, evidence, say), partial(_criteria, result, say)]
    return _fitting([*head, *_findings(result, say), *_rest(result, say)], room, say)


def plain(text: object) -> str:
    """Markdown that shows the text: one line, shortened, special characters as entities."""
    line = str(text)
    line = line if line.isprintable() else "".join(sign if sign.isprintable() else " " for sign in line)
    shown = " ".join(line.split())
    shown = shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
    return shown.translate(ENTITIES)


def _fitting(parts: Sequence[Callable[[], str]], room: int, say: Say) -> str:
    """The first parts that fit in the room; the others are never made."""
    kept: list[str] = []
    left = room - ROOM_FOR_LEFT_OUT
    for made in parts:
        part = made()
        left -= len(part.encode())
        if left < 0:
            return "".join([*kept, f"\n{say('left_parts', count=len(parts) - len(kept))}\n"]) if kept else ""
        kept.append(part)
    return "".join(kept)


def _head(result: dict[str, Any], evidence: str, say: Say) -> str:
    commit = result["subject"].get("commit")
    of_commit = say("of_commit", commit=_code(commit)) if commit else ""
    where = say("summary_run", run=_code(result["run_id"]), of_commit=of_commit, where=_code(evidence))
    return f"## {plain(result['title'])}: {plain(verdict_line(result))}\n\n{where}\n\n"


def _code(text: object) -> str:
    return f"<code>{plain(text)}</code>"


def _criteria(result: dict[str, Any], say: Say) -> str:
    lines = [say("summary_criteria"), "|---|---|---|"]
    for one in result["criteria"]:
        passed = sum(check["outcome"] == "PASSED" for check in one["checks"])
        waived = sum(check["waived"] for check in one["checks"])
        count = say("passed_of", count=passed, total=len(one["checks"]))
        count += say("count_waived", count=waived) if waived else ""
        lines.append(f"| {plain(one['id'])} {plain(one['title'])} | {one['verdict']} | {count} |")
    return "\n".join(lines) + "\n\n"


def _findings(result: dict[str, Any], say: Say) -> list[Callable[[], str]]:
    titles = {check["id"]: check["title"] for one in result["criteria"] for check in one["checks"]}
    return [partial(_finding, finding, titles[finding["check"]], say) for finding in findings_in(result)]


def _finding(finding: dict[str, Any], title: str, say: Say) -> str:
    head = f"### {plain(finding['check'])} {plain(title)} ({plain(finding['category'])})\n\n"
    if finding["same_cause_as"]:
        return f"{head}{say('summary_same', check=plain(finding['same_cause_as']))}\n\n"
    steps = "".join(f"{number}. {plain(step)}\n" for number, step in enumerate(finding["fix_plan"], start=1))
    blocks = say("not_run_by_it", checks=plain(", ".join(finding["blocks"]))) if finding["blocks"] else ""
    parts = (
        say("summary_cause", cause=plain(finding["root_cause"])),
        blocks,
        say("summary_again", command=_code(finding["reproduction"])),
        f"{say('summary_fix')}\n\n{steps}",
        say("summary_fixed_when", acceptance=plain(finding["acceptance"])),
    )
    return head + "".join(f"{part}\n\n" for part in parts if part)


def _rest(result: dict[str, Any], say: Say) -> list[Callable[[], str]]:
    """Other problems that keep the run from passing, and its warnings."""
    parts: list[Callable[[], str]] = []
    if result["verdict"] != Verdict.PASS.value:
        parts.append(partial(_list, say("every_reason"), result["reasons"], say))
    if result["warnings"]:
        parts.append(partial(_list, say("warnings"), result["warnings"], say))
    return parts


def _list(title: str, lines: list[str], say: Say) -> str:
    shown = [f"- {plain(line)}" for line in lines[:REASONS]]
    more = [say("summary_more", count=len(lines) - REASONS)] if len(lines) > REASONS else []
    return "\n".join([f"#{title}", "", *shown, *more]) + "\n\n"

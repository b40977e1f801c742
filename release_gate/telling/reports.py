"""Reports for people: RELEASE_BLOCKED.md fits on a screen, ERROR_TRIAGE_REPORT.md has everything.

Both are in the language that the run's journal records, so that the same run gives the same bytes everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from release_gate.record.files import shown_path
from release_gate.record.inputs import samples_in
from release_gate.record.records import Run
from release_gate.rules.escaping import code, link, markdown, one_line
from release_gate.rules.language import Language
from release_gate.rules.verdict import decides
from release_gate.telling.remedies import REMEDIES
from release_gate.telling.sentences import in_language, told
from release_gate.telling.texts_of_checks import in_portuguese, text_in_portuguese

REASONS = 12
"""Most reasons in RELEASE_BLOCKED.md."""

SHOWN = 5
"""Causes that RELEASE_BLOCKED.md shows in full; the others are counted."""


def verdict_line(result: dict[str, Any], language: Language = Language.EN) -> str:
    """`PASS (sample data) with 1 waiver (C5 until 2026-12-31); baseline: none`."""
    line = str(result["verdict"])
    if samples_in(result["subject"]):
        line += told(language, "sample")
    used = [waiver for waiver in result["waivers"] if waiver["used"]]
    if used:
        names = ", ".join(told(language, "until", what=one["check"], day=one["expires"]) for one in used)
        line += told(language, "waivers" if len(used) > 1 else "one_waiver", count=len(used), waived=names)
    return "; ".join([line, *_trials(result, language), *(one_line(note) for note in dict.fromkeys(result["notes"]))])


def _trials(result: dict[str, Any], language: Language) -> list[str]:
    """`on trial: C8 FAILED until 2027-01-31`: what was run and decided nothing."""
    tried = [
        told(language, "until", what=f"{check['id']} {check['outcome']}", day=check["trial_until"])
        for criterion in result["criteria"]
        for check in criterion["checks"]
        if "trial_until" in check
    ]
    return [told(language, "trials", checks=", ".join(tried))] if tried else []


def findings_in(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings of the checks that decide, causes before findings that share them."""
    found = [
        check["finding"]
        for criterion in result["criteria"]
        for check in criterion["checks"]
        if "finding" in check and decides(check)
    ]
    return sorted(found, key=lambda finding: finding["same_cause_as"] is not None)


def blocked(run: Run, result: dict[str, Any], folder: Path) -> str:
    """RELEASE_BLOCKED.md: the blocking causes, their reasons and the steps to take."""
    language, result = run.language, _spoken(run, result)
    where = shown_path(folder, run.declaration.root)
    report = code(where + "/ERROR_TRIAGE_REPORT.md")
    line, place = markdown(verdict_line(result, language)), code(where + "/")
    lines = [
        told(language, "blocked", title=markdown(run.declaration.title)),
        "",
        told(language, "blocked_verdict", line=line, run=result["run_id"], where=place),
        "",
    ]
    causes = [finding for finding in findings_in(result) if not finding["same_cause_as"]]
    for finding in causes[:SHOWN]:
        lines += _cause(finding, result, language)
    if len(causes) > SHOWN:
        lines += [told(language, "left_causes", count=len(causes) - SHOWN, report=report), ""]
    if run.problems:
        lines += [told(language, "run_itself"), "", *_problems(run), ""]
    not_run = sum(check["outcome"] == "NOT_RUN" for one in result["criteria"] for check in one["checks"])
    if not causes and not_run:
        lines += [told(language, "did_not_run", count=not_run, total=len(run.declaration.checks)), ""]
    if not causes and not run.problems:
        reasons = (f"- {markdown(reason)}" for reason in result["reasons"][:REASONS])
        lines += [told(language, "what_blocks"), "", *reasons, ""]
        if len(result["reasons"]) > REASONS:
            lines += [told(language, "left_reasons", count=len(result["reasons"]) - REASONS, report=report), ""]
    lines += [told(language, "then"), ""]
    return "\n".join(lines)


def _spoken(run: Run, result: dict[str, Any]) -> dict[str, Any]:
    """The result with its texts in the language of the run."""
    return in_portuguese(run, result) if run.language is Language.PT else result


def _named(finding: dict[str, Any], result: dict[str, Any]) -> str:
    """The check of a finding as people know it: its id, its title if it has one, and its category."""
    checks = (check for criterion in result["criteria"] for check in criterion["checks"])
    title = next(check["title"] for check in checks if check["id"] == finding["check"])
    named = f"{markdown(finding['check'])} {markdown(title)}".rstrip()
    return f"{named} ({markdown(finding['category'])})"


def _problems(run: Run) -> list[str]:
    """Problems of the run itself, each with its remedy."""
    lines = []
    for problem in dict.fromkeys(run.problems):
        message = text_in_portuguese(run, problem.message) if run.language is Language.PT else problem.message
        lines.append(f"- {markdown(message)}")
        if problem.code in REMEDIES:
            lines.append(told(run.language, "do_this", remedy=in_language(run.language, REMEDIES[problem.code])))
    return lines[: 2 * REASONS]


def _cause(finding: dict[str, Any], result: dict[str, Any], language: Language) -> list[str]:
    shared = [other["check"] for other in findings_in(result) if other["same_cause_as"] == finding["check"]]
    lines = [f"## {_named(finding, result)}", "", told(language, "why", cause=markdown(finding["root_cause"])), ""]
    if shared:
        lines += [told(language, "same_cause", checks=markdown(", ".join(shared))), ""]
    if finding["blocks"]:
        lines += [told(language, "not_run_by_it", checks=markdown(", ".join(finding["blocks"]))), ""]
    lines += [f"{number}. {markdown(step)}" for number, step in enumerate(finding["fix_plan"], start=1)]
    lines += ["", told(language, "see_again", command=code(finding["reproduction"])), ""]
    lines += [told(language, "fixed_when", acceptance=markdown(finding["acceptance"])), ""]
    return lines


def triage(run: Run, result: dict[str, Any]) -> str:
    """ERROR_TRIAGE_REPORT.md: every complete finding, then everything else that keeps the run from passing."""
    language, result = run.language, _spoken(run, result)
    found = findings_in(result)
    line = markdown(verdict_line(result, language))
    lines = [
        told(language, "triage", title=markdown(run.declaration.title)),
        "",
        told(language, "triage_verdict", line=line, run=result["run_id"], at=result["started_at"]),
        "",
    ]
    if not found and not result["reasons"]:
        lines += [told(language, "nothing_blocks"), ""]
    if found:
        lines += [told(language, "findings"), "|---|---|---|---|"]
        cells = ("id", "check", "category", "root_cause")
        lines += [f"| {' | '.join(markdown(one[cell]) for cell in cells)} |" for one in found]
        lines.append("")
    for finding in found:
        lines += _whole(finding, result, language)
    lines += _on_trial(result, language)
    blocked_checks = [check for criterion in result["criteria"] for check in criterion["checks"] if check["blocked_by"]]
    if blocked_checks:
        lines += [told(language, "not_run"), "", told(language, "blocked_by"), "|---|---|"]
        lines += [
            f"| {markdown(check['id'])} {markdown(check['title'])} | {markdown(check['blocked_by'])} |"
            for check in blocked_checks
        ]
        lines.append("")
    for name, sentences in (("every_reason", result["reasons"]), ("warnings", result["warnings"])):
        if sentences:
            lines += [told(language, name), "", *(f"- {markdown(sentence)}" for sentence in sentences), ""]
    return "\n".join(lines)


def _on_trial(result: dict[str, Any], language: Language) -> list[str]:
    """Checks that decide nothing yet, with their findings."""
    tried = [check for one in result["criteria"] for check in one["checks"] if "trial_until" in check]
    lines = [told(language, "on_trial"), "", told(language, "tried"), ""] if tried else []
    for check in tried:
        why = markdown(check["finding"]["root_cause"] if "finding" in check else check["reason"])
        name, day = markdown(f"{check['id']} {check['title']}"), check["trial_until"]
        line = told(language, "tried_check", name=name, outcome=check["outcome"], day=day, why=why)
        lines.append(line.rstrip())
    return [*lines, ""] if lines else []


def _whole(finding: dict[str, Any], result: dict[str, Any], language: Language) -> list[str]:
    if finding["same_cause_as"]:
        same = told(language, "same_as", check=markdown(finding["same_cause_as"]))
        return [f"## {finding['id']} {markdown(finding['check'])}: {same}", ""]
    lines = [
        f"## {finding['id']} {_named(finding, result)}",
        "",
        told(language, "root_cause", cause=markdown(finding["root_cause"])),
        *_expectation(finding.get("expectation"), language),
        told(language, "reproduction", command=code(finding["reproduction"])),
        told(language, "fix_plan"),
        *(f"  {number}. {markdown(step)}" for number, step in enumerate(finding["fix_plan"], start=1)),
        told(language, "acceptance", acceptance=markdown(finding["acceptance"])),
    ]
    if finding["evidence"]:
        lines.append(told(language, "evidence", links=", ".join(map(link, finding["evidence"]))))
    if finding["blocks"]:
        lines.append(told(language, "item_not_run", checks=markdown(", ".join(finding["blocks"]))))
    return [*lines, ""]


def _expectation(expectation: dict[str, str] | None, language: Language) -> list[str]:
    if expectation is None:
        return []
    unit = told(language, "in_unit", unit=expectation["unit"]) if expectation["unit"] else ""
    source = told(language, "from_source", source=expectation["source"]) if expectation["source"] else ""
    return [
        told(language, "claim", claim=markdown(expectation["claim"] + unit + source)),
        told(language, "expected", value=markdown(expectation["expected"])),
        told(language, "found", value=markdown(expectation["actual"])),
    ]

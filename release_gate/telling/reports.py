"""Reports for people: RELEASE_BLOCKED.md fits on a screen, ERROR_TRIAGE_REPORT.md has everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from release_gate.record.files import shown_path
from release_gate.record.inputs import samples_in
from release_gate.record.records import Run
from release_gate.rules.escaping import code, link, markdown, one_line
from release_gate.rules.verdict import decides

REASONS = 12
"""Most reasons in RELEASE_BLOCKED.md."""

REMEDIES = {
    "MISSING_CHECK": "restore the test that carries this id (`git log -p -S'check(\"ID\")'` shows when it went), or"
    " take the check out of the declaration if it is truly no longer required.",
    "UNKNOWN_CHECK": "declare the id, or correct the marker.",
    "NO_CHECK_ID": "give the test its @pytest.mark.check(id), or move it out of the acceptance suite.",
    "DUPLICATE_CHECK": "give one of the tests an id of its own.",
    "BAD_WAIVER": "correct or remove the entry; a waiver needs check, reason, approver and a date to come.",
    "COLLECTION_ERROR": "mend the error named, which ends the import of its module, then run the whole gate again.",
    "MODULE_SKIPPED": "give the module what it lacks; a check that does not apply is not required.",
    "NARROWED": "run the gate without that option.",
    "DESELECTED": "run the gate without deselecting.",
    "PARALLEL": "leave -n out.",
    "CHANGED": "run the gate without it.",
    "UNKNOWN_OPTION": "run the gate without it, or name it in allowed_options if it changes no check.",
    "UNKNOWN_SETTING": "take it out, or name it in allowed_options if it changes no check.",
    "UNKNOWN_VARIABLE": "unset it, or name it in allowed_options if it changes no check.",
    "UNKNOWN_PLUGIN": "leave it out, or name it in allowed_options if it changes no check.",
    "PLUGIN_LEFT_OUT": "load it, or name it in allowed_options if it changes no check.",
    "SHUFFLED": "leave the plugin out (-p no:NAME).",
    "NO_ASSERTS": "run Python without -O and without PYTHONOPTIMIZE.",
    "RERUN_PLUGIN": "uninstall the plugin: a flaky check is a failing check.",
    "DIRTY_TREE": "commit or undo the changes.",
    "SAMPLE_DATA": "give the real data.",
    "NOT_FINISHED": "find what ended the session (the last check started is named in the triage report), mend it.",
    "UNJUDGED": "mend what the error names (a full disk, a foreign hand in the journal), then run the gate again.",
    "BASETEMP": "give --basetemp a folder elsewhere, or leave it out.",
    "SECRET_IN_FILE": "have the check write the file without the secret.",
    "NOT_A_FILE": "have the check copy what it means to keep (evidence.attach).",
    "REMOVED": "take out the hook or the plugin that removes cases, or declare what it removes as no check.",
    "SHADOWED": "give each test a name of its own, and import, assign or delete nothing of its name.",
    "IDLE_ASSERT": "write `assert condition, message` without the parentheses around both.",
    "NO_MARKER": "mark the test, best for its whole module: `pytestmark = pytest.mark.<marker>`.",
    "OUTCOME_REWRITTEN": "take out the hook that alters reports or swallows exceptions.",
    "HOOK_FAILED": "mend the hook in conftest.py.",
    "LIMIT_LOWERED": "have the check put the limit back, or set it in a process of its own.",
    "UNSEALED": "have the check put back what it replaces (monkeypatch does).",
    "LOST": "do what its sentence says, and run again.",
    "PAGE_NOT_KEPT": "free the disk, or remove what stands in that file's place.",
    "FIXTURE_TEARDOWN": "mend the teardown of the fixture named.",
    "UNHEARD": "end every thread and await every coroutine within its check.",
    "TIMEOUT": "see in stacks.txt where it hung; allow more time only for what truly takes it.",
    "INTERRUPTED": "let the gate run to its end.",
}
"""The remedy for a run that is no proof, by the problem's code."""

SHOWN = 5
"""Causes that RELEASE_BLOCKED.md shows in full; the others are counted."""


def verdict_line(result: dict[str, Any]) -> str:
    """`PASS (sample data) with 1 waiver (C5 until 2026-12-31); baseline: none`."""
    line = str(result["verdict"])
    if samples_in(result["subject"]):
        line += " (sample data)"
    used = [waiver for waiver in result["waivers"] if waiver["used"]]
    if used:
        names = ", ".join(f"{waiver['check']} until {waiver['expires']}" for waiver in used)
        line += f" with {len(used)} waiver{'s' if len(used) > 1 else ''} ({names})"
    return "; ".join([line, *_trials(result), *(one_line(note) for note in dict.fromkeys(result["notes"]))])


def _trials(result: dict[str, Any]) -> list[str]:
    """`on trial: C8 FAILED until 2027-01-31`: what was run and decided nothing."""
    tried = [
        f"{check['id']} {check['outcome']} until {check['trial_until']}"
        for criterion in result["criteria"]
        for check in criterion["checks"]
        if "trial_until" in check
    ]
    return [f"on trial: {', '.join(tried)}"] if tried else []


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
    where = shown_path(folder, run.declaration.root)
    lines = [
        f"# Release blocked: {markdown(run.declaration.title)}",
        "",
        f"Verdict **{markdown(verdict_line(result))}**, run `{result['run_id']}`, evidence in {code(where + '/')}.",
        "",
    ]
    causes = [finding for finding in findings_in(result) if not finding["same_cause_as"]]
    for finding in causes[:SHOWN]:
        lines += _cause(finding, result)
    if len(causes) > SHOWN:
        lines += [f"… and {len(causes) - SHOWN} more causes in {code(where + '/ERROR_TRIAGE_REPORT.md')}.", ""]
    if run.problems:
        lines += ["## The run itself", "", *_problems(run), ""]
    not_run = sum(check["outcome"] == "NOT_RUN" for one in result["criteria"] for check in one["checks"])
    if not causes and not_run:
        lines += [f"{not_run} of {len(run.declaration.checks)} required checks did not run.", ""]
    if not causes and not run.problems:
        lines += ["What blocks:", "", *(f"- {markdown(reason)}" for reason in result["reasons"][:REASONS]), ""]
        if len(result["reasons"]) > REASONS:
            left = len(result["reasons"]) - REASONS
            lines += [f"… and {left} more reasons in {code(where + '/ERROR_TRIAGE_REPORT.md')}.", ""]
    lines += ["Then: `python3 -m release_gate run` must end in PASS; only that removes this file.", ""]
    return "\n".join(lines)


def _problems(run: Run) -> list[str]:
    """Problems of the run itself, each with its remedy."""
    lines = []
    for problem in dict.fromkeys(run.problems):
        lines.append(f"- {markdown(problem.message)}")
        if problem.code in REMEDIES:
            lines.append(f"  Do this: {REMEDIES[problem.code]}")
    return lines[: 2 * REASONS]


def _cause(finding: dict[str, Any], result: dict[str, Any]) -> list[str]:
    shared = [other["check"] for other in findings_in(result) if other["same_cause_as"] == finding["check"]]
    head = f"## {markdown(finding['check'])} ({markdown(finding['category'])})"
    lines = [head, "", f"Why: {markdown(finding['root_cause'])}", ""]
    if shared:
        lines += [f"The same cause failed {markdown(', '.join(shared))}.", ""]
    if finding["blocks"]:
        lines += [f"Not run because of it: {markdown(', '.join(finding['blocks']))}.", ""]
    lines += [f"{number}. {markdown(step)}" for number, step in enumerate(finding["fix_plan"], start=1)]
    lines += ["", f"See it again: {code(finding['reproduction'])}", ""]
    lines += [f"Fixed when: {markdown(finding['acceptance'])}", ""]
    return lines


def triage(run: Run, result: dict[str, Any]) -> str:
    """ERROR_TRIAGE_REPORT.md: every complete finding, then everything else that keeps the run from passing."""
    found = findings_in(result)
    lines = [
        f"# Error triage: {markdown(run.declaration.title)}",
        "",
        f"Verdict **{markdown(verdict_line(result))}**, run `{result['run_id']}`, started {result['started_at']}.",
        "",
    ]
    if not found and not result["reasons"]:
        lines += ["No check failed, and nothing else blocks.", ""]
    if found:
        lines += ["| finding | check | category | root cause |", "|---|---|---|---|"]
        cells = ("id", "check", "category", "root_cause")
        lines += [f"| {' | '.join(markdown(one[cell]) for cell in cells)} |" for one in found]
        lines.append("")
    for finding in found:
        lines += _whole(finding)
    lines += _on_trial(result)
    blocked_checks = [check for criterion in result["criteria"] for check in criterion["checks"] if check["blocked_by"]]
    if blocked_checks:
        lines += ["## Not run", "", "| check | blocked by |", "|---|---|"]
        lines += [
            f"| {markdown(check['id'])} {markdown(check['title'])} | {markdown(check['blocked_by'])} |"
            for check in blocked_checks
        ]
        lines.append("")
    if result["reasons"]:
        lines += ["## Every reason for the verdict", "", *(f"- {markdown(reason)}" for reason in result["reasons"]), ""]
    if result["warnings"]:
        lines += ["## Warnings", "", *(f"- {markdown(warning)}" for warning in result["warnings"]), ""]
    return "\n".join(lines)


def _on_trial(result: dict[str, Any]) -> list[str]:
    """Checks that decide nothing yet, with their findings."""
    tried = [check for one in result["criteria"] for check in one["checks"] if "trial_until" in check]
    lines = ["## On trial", "", "They were run and decide nothing yet.", ""] if tried else []
    for check in tried:
        why = check["finding"]["root_cause"] if "finding" in check else check["reason"]
        name = markdown(f"{check['id']} {check['title']}")
        lines.append(f"- {name}: {check['outcome']}, until {check['trial_until']}. {markdown(why)}".rstrip())
    return [*lines, ""] if lines else []


def _whole(finding: dict[str, Any]) -> list[str]:
    if finding["same_cause_as"]:
        same = f"the same cause as {markdown(finding['same_cause_as'])}"
        return [f"## {finding['id']} {markdown(finding['check'])}: {same}", ""]
    lines = [
        f"## {finding['id']} {markdown(finding['check'])} ({markdown(finding['category'])})",
        "",
        f"- Root cause: {markdown(finding['root_cause'])}",
        *_expectation(finding.get("expectation")),
        f"- Reproduction: {code(finding['reproduction'])}",
        "- Fix plan:",
        *(f"  {number}. {markdown(step)}" for number, step in enumerate(finding["fix_plan"], start=1)),
        f"- Acceptance: {markdown(finding['acceptance'])}",
    ]
    if finding["evidence"]:
        lines.append(f"- Evidence: {', '.join(map(link, finding['evidence']))}")
    if finding["blocks"]:
        lines.append(f"- Not run because of it: {markdown(', '.join(finding['blocks']))}")
    return [*lines, ""]


def _expectation(expectation: dict[str, str] | None) -> list[str]:
    if expectation is None:
        return []
    unit = f", in {expectation['unit']}" if expectation["unit"] else ""
    source = f", from {expectation['source']}" if expectation["source"] else ""
    return [
        f"- Claim: {markdown(expectation['claim'] + unit + source)}",
        f"  - expected: {markdown(expectation['expected'])}",
        f"  - found: {markdown(expectation['actual'])}",
    ]

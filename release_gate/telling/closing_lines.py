"""The last lines of a run: at most LONGEST of them, with the verdict, its causes, what to do, and where to read on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from release_gate.record.files import shown_path
from release_gate.record.inputs import samples_in
from release_gate.rules.declaration import Declaration
from release_gate.rules.escaping import one_line
from release_gate.rules.language import Language
from release_gate.rules.model import CRITERIA, PAGE, Outcome
from release_gate.rules.verdict import decides
from release_gate.telling.page.words import WORDS
from release_gate.telling.reports import findings_in, verdict_line
from release_gate.telling.sentences import in_language, told
from release_gate.telling.texts_of_checks import result_in

FAILED = "PRODUCTION PROOF FAILED"
LONGEST = 15
"""Most lines."""
CLOSING_CAUSES = 4
"""Most causes among them; the others are counted."""
CLOSING_STEPS = 4
"""Most steps of fix plans among them, shared by the causes."""


def closing_lines(
    declaration: Declaration,
    result: dict[str, Any],
    folder: Path,
    width: int | None = None,
    language: Language = Language.EN,
) -> list[str]:
    """The last lines of a run; the first has the wording that teams look for, in every language.

    width: columns of the terminal, to which causes and steps are cut; None leaves them whole.
    """
    verdict = f"Verdict: {verdict_line(result)}{_meaning(result, language)}"
    where = f"Artifacts: {shown_path(folder, declaration.root)}/"
    if result["verdict"] == "PASS":
        return [
            "PRODUCTION PROOF COMPLETE",
            "Backend is PRODUCTION READY",
            verdict,
            f"Run ID: {result['run_id']}",
            where,
        ]
    causes = _causes(result_in(language, result, folder, declaration.root), language)
    document = shown_path(declaration.docs_dir / "RELEASE_BLOCKED.md", declaration.root)
    return [
        _headline(result) if causes else told(language, "shard_ended"),
        *(_cut(line, width) for line in causes),
        verdict,
        f"Run ID: {result['run_id']}",
        where,
        told(language, "page", path=shown_path(folder / PAGE, declaration.root)),
        f"Release blocked document written: {document}",
    ]


def _meaning(result: dict[str, Any], language: Language) -> str:
    """The verdict's meaning in the words of the run's page; empty in English, whose verdicts are words already."""
    if language is Language.EN:
        return ""
    name = "PASS_sample" if result["verdict"] == "PASS" and samples_in(result["subject"]) else result["verdict"]
    return f" · {in_language(language, WORDS[name])}"


def _headline(result: dict[str, Any]) -> str:
    unproven = [one for one in result["criteria"] if one["verdict"] != "PASS" and not _is_of_other_shard(one)]
    failed = next((one for one in unproven if any(map(_blocks, one["checks"]))), unproven[0] if unproven else None)
    return f"{FAILED} at step {one_line('{id}. {title}'.format_map(failed))}" if failed else FAILED


def _causes(result: dict[str, Any], language: Language) -> list[str]:
    """Causes, each with the first steps of its fix plan; at most 2 * CLOSING_CAUSES + 1 lines."""
    found = findings_in(result)
    causes = [one for one in found if not one["same_cause_as"]]
    same = [one["same_cause_as"] for one in found]
    each = [[_cause(one, same.count(one["check"]), language), *_steps(one, len(causes), language)] for one in causes]
    each += [[f"  {one_line(reason)}"] for reason in _reasons(result)]
    lines = [line for one in each[:CLOSING_CAUSES] for line in one]
    left = len(each) - CLOSING_CAUSES
    return [*lines, told(language, "more_causes", count=left, report="ERROR_TRIAGE_REPORT.md")] if left > 0 else lines


def _cause(finding: Mapping[str, Any], others: int, language: Language) -> str:
    beside = told(language, "one_more_check" if others == 1 else "more_checks", count=others) if others else ""
    return f"  {one_line(finding['check'])}{beside}: {one_line(finding['root_cause'])}"


def _steps(finding: Mapping[str, Any], causes: int, language: Language) -> list[str]:
    most = max(1, CLOSING_STEPS // causes)
    return [told(language, "fix", step=one_line(step)) for step in finding["fix_plan"][:most]]


def _reasons(result: dict[str, Any]) -> list[str]:
    """The reasons for a verdict, without those of checks that have a finding or did not run because of another one.

    Of a shard, the checks of other shards did not run because of its option.
    """
    checks = [check for one in result["criteria"] for check in one["checks"]]
    others = tuple(_name(check) for check in checks if check["blocked_by"] or ("finding" in check and decides(check)))
    kept = [reason for reason in result["reasons"] if not reason.startswith(others)]
    told_elsewhere = any(map(_blocks, checks)) or any(map(_is_of_other_shard, result["criteria"]))
    return kept if kept or told_elsewhere else result["reasons"]


def _name(check: Mapping[str, Any]) -> str:
    """The beginning of the reason that a check's outcome gives."""
    return f"{check['id']} {check['title']} {check['outcome']}"


def _blocks(check: Mapping[str, Any]) -> bool:
    """True if a check keeps the run from passing, and not because of another one."""
    return check["outcome"] != Outcome.PASSED.value and decides(check) and not check["blocked_by"]


def _is_of_other_shard(criterion: Mapping[str, Any]) -> bool:
    return any((check["blocked_by"] or "").startswith(CRITERIA) for check in criterion["checks"])


def _cut(line: str, width: int | None) -> str:
    """The line with at most width - 1 columns; a wide character, as of Chinese, takes two, an accent apart none."""
    if width is None or (line.isascii() and len(line) < width):
        return line
    from rich.cells import cell_len, set_cell_size  # only here: a run without a terminal needs no columns

    return line if cell_len(line) < width else f"{set_cell_size(line, width - 2).rstrip()}…"

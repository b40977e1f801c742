"""The verdict as a pure function of the recorded results: MISCONFIGURED > FAIL > INCOMPLETE > PASS."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from release_gate.rules.model import (
    BROKEN,
    PRECEDENCE,
    Check,
    CheckResult,
    Criterion,
    Outcome,
    Problem,
    Verdict,
    Waiver,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with every reason for it. waived: the waivers that had an effect."""

    verdict: Verdict
    reasons: tuple[str, ...]
    criteria: Mapping[str, Verdict]
    waived: tuple[Waiver, ...]


def decides(check: Mapping[str, Any]) -> bool:
    """True if the result of a check counts for the verdict: it is neither waived nor on trial."""
    return not check["waived"] and "trial_until" not in check


def judge(
    criteria: Iterable[Criterion],
    checks: Iterable[Check],
    results: Iterable[CheckResult],
    waivers: Iterable[Waiver] = (),
    problems: Iterable[Problem] = (),
    on_trial: Collection[str] = (),
) -> Judgement:
    """The verdict over the required checks.

    A required check without exactly one result, a result of an unknown check, and an unknown outcome never pass.
    A waiver turns a FAILED or ERROR check of a waivable criterion into a passed one, and nothing else.
    on_trial: ids of checks that decide nothing yet.
    """
    waivable = {criterion.id for criterion in criteria if criterion.waivable}
    required = {check.id: check for check in checks}
    granted = {waiver.check: waiver for waiver in waivers}
    by_check: dict[str, list[CheckResult]] = {}
    for result in results:
        by_check.setdefault(result.check, []).append(result)
    reasons = [(problem.verdict, "", problem.message) for problem in problems]
    reasons += [
        (Verdict.MISCONFIGURED, "", f"{check} was reported and is not a required check.")
        for check in sorted(by_check.keys() - required.keys())
    ]
    deciding = [check for check in required.values() if check.id not in on_trial]
    if not any(check.seals is None for check in deciding):
        why = "Every check that runs is on trial" if on_trial else "No check that runs is required"
        reasons.append((Verdict.MISCONFIGURED, "", f"{why}, so nothing can be proven."))
    used = []
    for check in required.values():
        verdict, why = _of_check(check, by_check.get(check.id, []))
        if check.id in on_trial:
            continue
        if verdict is Verdict.FAIL and check.id in granted and check.criterion in waivable:
            used.append(granted[check.id])
            beside = by_check[check.id][0].beside
            if beside:
                why = f"{check.id} {check.title}: its failure is waived; another case of it is not proven: {beside}"
                reasons.append((Verdict.INCOMPLETE, check.criterion, why))
        elif verdict is not Verdict.PASS:
            reasons.append((verdict, check.criterion, why))
    reasons.sort(key=lambda reason: PRECEDENCE.index(reason[0]))
    of_criteria = {
        identity: _gravest(verdict for verdict, criterion, _ in reasons if criterion == identity)
        for identity in dict.fromkeys(check.criterion for check in required.values())
    }
    verdict = _gravest(verdict for verdict, _, _ in reasons)
    return Judgement(verdict, tuple(why for _, _, why in reasons), of_criteria, tuple(used))


def _of_check(check: Check, results: list[CheckResult]) -> tuple[Verdict, str]:
    name = f"{check.id} {check.title}"
    if len(results) != 1:
        count = "has no result" if not results else f"has {len(results)} results"
        return Verdict.INCOMPLETE, f"{name}: {count}."
    result = results[0]
    if result.outcome is Outcome.PASSED:
        return Verdict.PASS, ""
    detail = f": {result.reason}" if result.reason else ""
    if result.outcome in BROKEN:
        return Verdict.FAIL, f"{name} {result.outcome.value}{detail}"
    blocked = f" (blocked by {result.blocked_by})" if result.blocked_by else ""
    return Verdict.INCOMPLETE, f"{name} {result.outcome.value}{blocked}{detail}"


def _gravest(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return next((verdict for verdict in PRECEDENCE if verdict in found), Verdict.PASS)

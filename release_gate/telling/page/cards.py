"""Cards on what to do after a run: one for each cause.

result: with the texts of its checks in both languages, where both are known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from release_gate.record.records import Run
from release_gate.rules.verdict import decides
from release_gate.telling.bilingual import Words, cut, joined
from release_gate.telling.page.tracebacks import Traceback, place_of
from release_gate.telling.remedies import REMEDIES
from release_gate.telling.reports import findings_in
from release_gate.telling.texts_of_checks import text_in_portuguese

Card = dict[str, Any]
LONGEST_FIGURE = 2000
"""Most characters of what was expected and found."""


def blocking(result: Mapping[str, Any], found: list[Traceback]) -> list[Card]:
    """The causes that block, each with the checks that failed by it and those that it kept from running."""
    findings = findings_in(dict(result))
    return [_card(one, findings, result, found) for one in findings if not one["same_cause_as"]]


def not_deciding(result: Mapping[str, Any], found: list[Traceback]) -> list[Card]:
    """Causes that are waived, and causes of checks on trial."""
    waivers = {waiver["check"]: waiver for waiver in result["waivers"]}
    made = []
    for check in checks_of(result):
        if "finding" not in check or not (check["waived"] or "trial_until" in check):
            continue
        card = _card(check["finding"], [], result, found)
        if check["waived"]:
            waiver = waivers[check["id"]]
            card["waiver"] = {**waiver, "days_left": days_left(waiver["expires"], result)}
        else:
            card["trial_until"] = check["trial_until"]
        made.append(card)
    return made


def problems(run: Run) -> list[dict[str, Words | str]]:
    """Problems of the run itself, each with its remedy."""
    return [
        {
            "message": Words(one.message, text_in_portuguese(run, one.message)),
            "remedy": REMEDIES.get(one.code, ""),
        }
        for one in dict.fromkeys(run.problems)
    ]


def unproven(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Checks that neither passed nor failed, grouped by reason; without those that another check blocks."""
    groups: dict[tuple[str, str | Words], list[str]] = {}
    for check in checks_of(result):
        if check["outcome"] not in ("PASSED", "FAILED", "ERROR") and not check["blocked_by"] and decides(check):
            groups.setdefault((check["outcome"], check["reason"]), []).append(check["id"])
    return [
        {"text": joined(f"{', '.join(checks)}: {outcome}{': ' if reason else ''}", reason), "checks": len(checks)}
        for (outcome, reason), checks in groups.items()
    ]


def checks_of(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The checks of a result, in the order of the declaration."""
    return [check for criterion in result["criteria"] for check in criterion["checks"]]


def days_left(expires: str, result: Mapping[str, Any]) -> int:
    """Days from the end of the run to a day."""
    ended = dt.datetime.fromisoformat(result["finished_at"] or result["started_at"])
    return (dt.date.fromisoformat(expires) - ended.date()).days


def _card(
    finding: Mapping[str, Any], findings: list[dict[str, Any]], result: Mapping[str, Any], found: list[Traceback]
) -> Card:
    check = next(one for one in checks_of(result) if one["id"] == finding["check"])
    shared = [other["check"] for other in findings if other["same_cause_as"] == finding["check"]]
    broken = next((case["nodeid"] for case in check["cases"] if case["outcome"] in ("FAILED", "ERROR")), "")
    expectation = finding.get("expectation")
    return {
        **finding,
        "title": check["title"],
        "shared": shared,
        "touched": 1 + len(shared) + len(finding["blocks"]),
        "place": place_of(broken, found) or check["nodeid"],
        "expectation": expectation and {name: cut(text, LONGEST_FIGURE) for name, text in expectation.items()},
    }

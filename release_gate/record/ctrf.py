"""ctrf-report.json: a result in the Common Test Report Format, for readers that do not know this gate.

Specification 0.0.0, https://github.com/ctrf-io/ctrf/blob/main/spec/ctrf.md. Its readers must refuse unknown fields, so
only fields of its earliest published schema are used; all other facts are in `extra`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from release_gate.rules.model import Outcome, Verdict
from release_gate.rules.verdict import decides

NAME = "ctrf-report.json"
STATUSES = ("passed", "failed", "skipped", "pending", "other")
STATUS_OF = {
    Outcome.PASSED.value: "passed",
    Outcome.FAILED.value: "failed",
    Outcome.ERROR.value: "failed",
    Outcome.SKIPPED.value: "skipped",
    Outcome.NOT_RUN.value: "pending",
}
"""CTRF status by outcome. All others, and a failure that is waived or on trial, are `other`."""


def report(result: dict[str, Any]) -> dict[str, Any]:
    """The report of a result: one test for each required check; only a passed check is `passed`.

    If the verdict is not PASS, one more failed test stands for the run itself, because most readers only ask whether
    anything failed, and a run that did not happen is no success. The same result gives the same report.
    """
    waivers = {waiver["check"]: waiver for waiver in result["waivers"]}
    tests = [
        _test(criterion, check, waivers) for criterion in result["criteria"] for check in criterion["checks"]
    ] + _of_the_run(result)
    counts = Counter(test["status"] for test in tests)
    start = _milliseconds(result["started_at"])
    stop = max(start, _milliseconds(result["finished_at"] or result["started_at"]))
    summary = {"tests": len(tests)} | {status: counts[status] for status in STATUSES} | {"start": start, "stop": stop}
    passed = result["verdict"] == Verdict.PASS.value
    environment = {"appName": result["title"], "healthy": passed}
    if result["subject"].get("commit"):
        environment["commit"] = result["subject"]["commit"]
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "timestamp": result["finished_at"] or result["started_at"],
        "generatedBy": "release_gate",
        "results": {
            "tool": {"name": "release_gate"},
            "summary": summary,
            "tests": tests,
            "environment": environment,
        },
        "extra": {"release_gate.result": {name: result[name] for name in ("verdict", "run_id", "reasons", "notes")}},
    }


def _test(criterion: dict[str, Any], check: dict[str, Any], waivers: dict[str, Any]) -> dict[str, Any]:
    outcome = check["outcome"]
    status = STATUS_OF.get(outcome, "other") if decides(check) or outcome == "PASSED" else "other"
    test = {
        "name": f"{check['id']} {check['title']}",
        "status": status,
        "duration": round(check["duration_s"] * 1000),
        "suite": [f"{criterion['id']} {criterion['title']}"],
        "rawStatus": check["outcome"],
        "tags": [check["category"]] if check["category"] else [],
        "extra": {"release_gate.check": _what_else(check)},
    }
    if check["nodeid"]:
        test["filePath"] = check["nodeid"].partition("::")[0]
    if status != "passed":
        test["message"] = _why(check, waivers)
    return test


def _why(check: dict[str, Any], waivers: dict[str, Any]) -> str:
    cause = check.get("finding", {}).get("root_cause") or check["reason"]
    why = ": ".join(part for part in (check["outcome"], cause) if part)
    if check["blocked_by"]:
        why += f" (blocked by {check['blocked_by']})"
    if "trial_until" in check:
        why = f"On trial until {check['trial_until']}, it decides nothing yet: {why}"
    if check["waived"]:
        waiver = waivers[check["id"]]
        why = f"Waived until {waiver['expires']} by {waiver['approver']}: {waiver['reason']} It is still {why}"
    return why


def _what_else(check: dict[str, Any]) -> dict[str, Any]:
    told = {"id": check["id"], "nodeid": check["nodeid"], "waived": check["waived"]}
    names = ("id", "category", "reproduction", "fix_plan", "acceptance", "same_cause_as", "evidence")
    finding = {name: check["finding"][name] for name in names} if "finding" in check else None
    return told | ({"finding": finding} if finding else {})


def _of_the_run(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The run's own entry with every reason for its verdict; none for a PASS."""
    if result["verdict"] == Verdict.PASS.value:
        return []
    name, why = "The verdict of the release gate", "\n".join([result["verdict"], *result["reasons"]])
    return [{"name": name, "status": "failed", "duration": 0, "rawStatus": result["verdict"], "message": why}]


def _milliseconds(stamp: str) -> int:
    return round(dt.datetime.fromisoformat(stamp).timestamp() * 1000)

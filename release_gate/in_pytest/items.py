"""What the gate reads off pytest's own objects: the check that a test is, its name, what a report tells of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from release_gate.record.findings import one_line


def distinct_names(nodeids: Iterable[str], redact: Callable[[str], str]) -> dict[str, str]:
    """Node ids without secrets, still one for each: two cases may differ in nothing but their password."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for nodeid in nodeids:
        name = redact(nodeid)
        number = 2
        while name in taken:
            name, number = f"{redact(nodeid)}#{number}", number + 1
        taken.add(name)
        names[nodeid] = name
    return names


def check_of(item: pytest.Item) -> str:
    """The id of the check that a test is; empty when its marker has none."""
    marker = next(item.iter_markers("check"), None)
    return str(marker.args[0]) if marker is not None and marker.args else ""


def has_no_case(item: pytest.Item) -> bool:
    """Whether it stands for a parametrisation without any case: pytest then gives it values that are not set."""
    values = getattr(getattr(item, "callspec", None), "params", {}).values()
    return any(type(value).__name__ == "NotSetType" for value in values)


def crash_message(report: pytest.TestReport) -> str:
    """pytest's short explanation of a failure."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message) if crash is not None else str(report.longrepr or "")


def rewritten(report: pytest.TestReport, error: BaseException | None) -> bool:
    """Whether a hook has made a pass of a phase that raised."""
    return report.passed and error is not None and not hasattr(report, "wasxfail")


def phase_of(
    report: pytest.TestReport,
    error: BaseException | None,
    describe: Callable[[BaseException, str], dict[str, Any]],
) -> dict[str, Any]:
    """What a report tells of its phase. What raised `error` has failed, whatever a hook has made of it."""
    facts: dict[str, Any] = {
        "when": report.when,
        "outcome": "failed" if rewritten(report, error) else report.outcome,
        "duration_s": round(report.duration, 4),
        "xfail": hasattr(report, "wasxfail"),
    }
    if facts["outcome"] == "failed" and error is not None:
        facts["failure"] = describe(error, crash_message(report))
    elif report.skipped and isinstance(report.longrepr, tuple):
        facts["reason"] = one_line(str(report.longrepr[2]))
    return facts

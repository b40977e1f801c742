"""Reads pytest's objects: the check and the name of a test, and the content of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from release_gate.record.causes import one_line


def distinct_names(nodeids: Iterable[str], redact: Callable[[str], str]) -> dict[str, str]:
    """Node ids without secrets, still unique: two cases may differ in nothing but their password."""
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
    """The check's id; empty without a marker or an id."""
    return check_named_by(next(item.iter_markers("check"), None))


def check_named_by(marker: pytest.Mark | None) -> str:
    """The id in a test's first marker."""
    value = marker.args[0] if marker is not None and marker.args else ""
    return str.__str__(value) if isinstance(value, str) else str(value)  # str() of an Enum adds its class


def function_name(item: pytest.Item) -> str:
    """The name of the test's function; brackets in a folder's name are kept."""
    return getattr(item, "originalname", None) or item.name


def function_id(item: pytest.Item) -> str:
    """The node id of a test's function, without its case."""
    above = item.parent.nodeid if item.parent is not None else ""
    return f"{above}::{function_name(item)}" if above else function_name(item)


def forget_object(item: pytest.Item) -> None:
    """Let pytest make an object of the test's class anew: it keeps the first one, with all that a test left in it."""
    if getattr(item, "cls", None) is not None:
        for name in ("_obj", "_instance"):
            vars(item).pop(name, None)


def has_no_case(item: pytest.Item) -> bool:
    """True for pytest's placeholder of a parametrisation without any case; its values are NOTSET."""
    values = getattr(getattr(item, "callspec", None), "params", {}).values()
    return any(type(value).__name__ == "NotSetType" for value in values)


def crash_message(report: pytest.TestReport) -> str:
    """pytest's short explanation of a failure; of a plugin's own report its text."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message) if crash is not None else str(report.longrepr or "")


def rewritten(report: pytest.TestReport, error: BaseException | None) -> bool:
    """True if a hook has reported a phase as passed that raised."""
    return report.passed and error is not None and not hasattr(report, "wasxfail")


def phase_of(
    report: pytest.TestReport,
    error: BaseException | None,
    describe: Callable[[BaseException, str], dict[str, Any]],
) -> dict[str, Any]:
    """The facts of a phase. One that raised has failed or was skipped, even if a hook changed its report."""
    outcome: str = report.outcome
    if error is not None and rewritten(report, error):
        outcome = "skipped" if isinstance(error, pytest.skip.Exception) else "failed"
    facts: dict[str, Any] = {
        "when": report.when,
        "outcome": outcome,
        "duration_s": round(report.duration, 4),
        "xfail": hasattr(report, "wasxfail"),
    }
    if outcome == "passed" and not facts["xfail"]:
        return facts
    if outcome == "failed":
        facts["failure"] = describe(error, crash_message(report)) if error is not None else _told_by(report)
    elif report.skipped and isinstance(report.longrepr, tuple):
        facts["reason"] = one_line(str(report.longrepr[2]))
    elif facts["xfail"]:
        facts["reason"] = one_line(str(report.wasxfail).removeprefix("reason: "))
    return facts


def _told_by(report: pytest.TestReport) -> dict[str, Any]:
    """A failure without an exception, such as that of a plugin or of a strict xfail that passed."""
    message = one_line(crash_message(report)) or "reported as failed without an explanation"
    return {"type": "", "message": message, "category": None, "fix": None}

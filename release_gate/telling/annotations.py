"""Findings as GitHub annotations: one `::error file=…,line=…,title=…::message` for each, at its test."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from release_gate.rules.model import Verdict
from release_gate.rules.verdict import decides
from release_gate.telling.reports import verdict_line

MOST = 10
"""GitHub shows ten errors of a step, and ten warnings."""
LONGEST = 4_000
"""The runner cuts a message after 4,096 characters."""


def annotate(result: dict[str, Any], root: Path, workspace: Path) -> list[str]:
    """The workflow commands for a result: at most ten errors, then a warning with the number of the others.

    A run that did not pass although no check failed has one error with its reasons. root: folder that node ids are
    relative to. workspace: folder that annotations are relative to.
    """
    failed = [
        check
        for criterion in result["criteria"]
        for check in criterion["checks"]
        if "finding" in check and decides(check)
    ]
    failed.sort(key=lambda check: check["finding"]["same_cause_as"] is not None)
    lines = [command("error", _message(check["finding"]), **_place(check, root, workspace)) for check in failed[:MOST]]
    if len(failed) > MOST:
        more = f"{len(failed) - MOST} more findings: see the job summary or ERROR_TRIAGE_REPORT.md of the run."
        lines.append(command("warning", more, title=f"Release gate: {result['verdict']}"))
    if not failed and result["verdict"] != Verdict.PASS.value:
        title = f"Release gate: {verdict_line(result)}"
        lines.append(command("error", "\n".join(result["reasons"][:MOST]), title=title))
    return lines


def command(name: str, message: str, **properties: str) -> str:
    """One workflow command, on one line."""
    given = ",".join(f"{key}={_in_property(value)}" for key, value in properties.items() if value)
    return f"::{name} {given}::{_in_message(message)}"


def line_of(source: str, names: list[str]) -> int | None:
    """The line of a module's source that defines the function `names[-1]`, within the classes before it."""
    body: list[ast.stmt] = ast.parse(source).body
    found = None
    for name in names:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        found = next((node for node in body if isinstance(node, kinds) and node.name == name), None)
        if found is None:
            return None
        body = found.body
    return found.lineno if found else None


def _message(finding: dict[str, Any]) -> str:
    lines = [finding["root_cause"]]
    if finding["same_cause_as"]:
        lines.append(f"The same cause as {finding['same_cause_as']}.")
    lines += [f"See it again: {finding['reproduction']}", "Fix:"]
    lines += [f"{number}. {step}" for number, step in enumerate(finding["fix_plan"], start=1)]
    return "\n".join(lines)


def _place(check: dict[str, Any], root: Path, workspace: Path) -> dict[str, str]:
    title = f"{check['id']} {check['title']} ({check['finding']['category']})"
    file, *names = check["nodeid"].split("::")
    path = (root / file).resolve()
    if not file or not path.is_relative_to(workspace):
        return {"title": title}
    try:
        line = line_of(path.read_text(encoding="utf-8"), names)
    except (OSError, ValueError, SyntaxError):
        line = None
    return {"file": path.relative_to(workspace).as_posix(), "line": str(line or ""), "title": title}


def _in_message(text: str) -> str:
    shown = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    shown = shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
    return shown.replace("%", "%25").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_message(text).replace(":", "%3A").replace(",", "%2C")

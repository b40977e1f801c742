"""Findings: the root cause of each failed check, its reproduction, the fix, and the acceptance."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from itertools import islice, takewhile
from typing import Any

from release_gate.record.causes import attribute_of, chain_of, named, one_line, others_of, root_of, text_of
from release_gate.record.expect import ExpectationFailed
from release_gate.record.journal import Event
from release_gate.record.plain import text_of as as_text
from release_gate.record.records import Run
from release_gate.rules.model import BROKEN, Check, CheckResult, Outcome

REQUIRED_FIELDS = ("id", "check", "category", "root_cause", "reproduction", "fix_plan", "acceptance")
LONGEST_TEXT = 2000
MOST_STEPS = 20
"""Limits of what an exception says of itself: nobody reads more, and each report repeats it."""
ASSERTIONS = ("builtins.AssertionError", f"{ExpectationFailed.__module__}.{ExpectationFailed.__qualname__}")
NOT_RUN_FIX = (
    "The check itself did not come to its end: what it needs (a fixture, its process) failed first. Mend what the root "
    "cause names.",
    "The reproduction shows the whole traceback.",
)
"""The fix of an error in set-up or teardown; the check's own fix is about its assertions."""


def describe_failure(
    error: BaseException,
    message: str,
    classify: Callable[[BaseException], str | None],
    remedy: Callable[[BaseException], list[str] | None] = lambda _: None,
) -> Event:
    """The journal's description of an exception: root cause in one line, category and fix.

    message: pytest's own explanation, which is more informative where an assert was rewritten. classify, remedy:
    category and fix of an exception without its own; without either, the check's declared ones apply.
    """
    root = root_of(error)
    bearers = [error] if root is error else [error, root]
    cause = next((text for one in reversed(bearers) if (text := _cut(attribute_of(one, "root_cause")))), "")
    category = next((found for one in bearers if (found := attribute_of(one, "category"))), None)
    fix = next((found for one in bearers if (found := attribute_of(one, "fix"))), None)
    if not isinstance(root, AssertionError):
        behind = [root, *reversed([one for one in chain_of(error) if one is not root])]
        category = category or next(filter(None, map(classify, behind)), None)
        fix = fix or next(filter(None, map(remedy, behind)), None)
    described: dict[str, Any] = {
        "type": f"{type(root).__module__}.{type(root).__qualname__}",
        "message": cause
        or _cause(root, message if message and root is error else text_of(root)) + others_of(error, root),
        "category": _cut(category) or None,
        "fix": _steps(fix),
    }
    if isinstance(root, ExpectationFailed):
        described["expectation"] = root.expectation
    return described


def _steps(fix: Any) -> list[str] | None:
    """A fix as an exception or a hook names it, one text for each step; a text alone is one step."""
    if isinstance(fix, list | tuple | set | frozenset):
        return [_cut(step) for step in islice(fix, MOST_STEPS)]
    return [_cut(fix)] if fix is not None else None


def _cut(value: Any) -> str:
    """The text of an object, of limited length."""
    text = as_text(value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _cause(root: BaseException, message: str) -> str:
    if not isinstance(root, AssertionError):
        return named(root)
    text = message.strip().removeprefix("AssertionError").removeprefix(":").strip()
    return one_line(" ".join(_first_paragraph(text))) or "an assertion failed"


def _first_paragraph(text: str) -> Iterator[str]:
    """The lines before an empty one, without the explanation that pytest adds to an assert."""
    first, *others = text.splitlines() or [""]
    yield first
    if not first.startswith("assert "):
        yield from takewhile(lambda line: line.strip() and not line.startswith("assert "), others)


def findings(run: Run) -> dict[str, dict[str, Any]]:
    """The finding of each failed check by its id, in the order of the declaration.

    A check that failed for the cause of an earlier one refers to it (`same_cause_as`): the same exception, or the same
    broken fixture. Two assertions with equal messages are two findings.
    """
    found: dict[str, dict[str, Any]] = {}
    first_with: dict[tuple[str, str], str] = {}
    for result in run.results():
        check = run.declaration.check(result.check)
        if check is None or result.outcome not in BROKEN:
            continue
        finding = _finding(run, check, result, len(found) + 1)
        found[check.id] = finding
        if check.id in run.on_trial:
            continue
        cause = (finding["exception"], finding["root_cause"])
        telling = result.outcome is Outcome.ERROR or finding["exception"] not in ASSERTIONS
        if telling and finding["exception"] and cause in first_with:
            finding["same_cause_as"] = first_with[cause]
        else:
            first_with.setdefault(cause, check.id)
    for result in run.results():
        if result.blocked_by in found:
            found[result.blocked_by]["blocks"].append(result.check)
    return found


def _finding(run: Run, check: Check, result: CheckResult, number: int) -> dict[str, Any]:
    broken = next((case for case in run.cases_of(check.id) if case.outcome()[0] in BROKEN), None)
    failure = (broken.failure if broken else None) or {}
    nodeid = broken.nodeid if broken else ""
    finding = {
        "id": f"FINDING-{number:02d}",
        "check": check.id,
        "category": failure.get("category") or check.category,
        "exception": failure.get("type", ""),
        "root_cause": failure.get("message") or result.reason or "the check ended without saying why",
        "reproduction": reproduction(run, nodeid),
        "fix_plan": list(failure.get("fix") or (check.fix if result.outcome is Outcome.FAILED else NOT_RUN_FIX)),
        "acceptance": check.acceptance,
        "evidence": [item["path"] for case in run.cases_of(check.id) for item in case.evidence if "path" in item],
        "same_cause_as": None,
        "blocks": [],
    }
    if "expectation" in failure:
        finding["expectation"] = failure["expectation"]
    return finding


def reproduction(run: Run, nodeid: str) -> str:
    """A command that runs the failed test alone (or the whole gate), to be pasted in the project's folder."""
    python = run.invocation.get("python", "python3")
    options = run.invocation.get("options", [])
    if nodeid:
        return shlex.join([python, "-m", "pytest", nodeid, *options])
    return shlex.join([python, "-m", "release_gate", "run", *(["--", *options] if options else [])])


def incomplete_findings(found: dict[str, dict[str, Any]]) -> list[str]:
    """One line for each finding that lacks a part; empty when every failure is triaged completely."""
    lacking = []
    for check, finding in found.items():
        missing = [name for name in REQUIRED_FIELDS if not finding.get(name)]
        if missing:
            lacking.append(f"the finding of {check} lacks {', '.join(missing)}")
    return lacking

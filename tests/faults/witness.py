"""A pytest plugin for a proof: writes down how each check ended and, where it failed, the finding it would have made.

The session is one of debugging: the gate makes no run of it, and no verdict.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from release_gate.record.causes import root_of
from release_gate.record.findings import ASSERTIONS, describe_failure
from release_gate.rules.declaration import load

OUT = "PROOF_OUT"
"""Environment variable: the file that gets a JSON object for each check's call, and for a failed setup or teardown."""

KEEP = "PROOF_KEEP"
"""Environment variable: a folder that gets what the session measured, and of which subject."""
BASELINE = "PROOF_BASELINE"
"""Environment variable: a folder of runs that lie beside this session's own, as earlier runs do in a gate."""

UNMEASURED = "not_measured"
MEASURED, SUBJECT = "SLO_RESULTS.json", "subject.json"
_WHY = pytest.StashKey[str]()


@pytest.fixture(scope="session", autouse=True)
def earlier_runs(run_folder: Path) -> None:
    if BASELINE in os.environ:
        shutil.copytree(os.environ[BASELINE], run_folder.parent, dirs_exist_ok=True)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Keep what the session has measured by now."""
    used = getattr(item, "funcargs", {})
    if KEEP in os.environ and {"subject", "run_folder"} <= used.keys():
        for path in used["run_folder"].glob(MEASURED):
            shutil.copy2(path, os.environ[KEEP])
        Path(os.environ[KEEP], SUBJECT).write_text(json.dumps(used["subject"]), encoding="utf-8")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Keep the reason when the check says that it could not measure."""
    evidence = getattr(item, "funcargs", {}).get("evidence")
    if evidence is not None:
        say = evidence.not_measured

        def heard(reason: str) -> None:
            item.stash[_WHY] = reason
            say(reason)

        # evidence lets no check replace its methods; the witness is none.
        object.__setattr__(evidence, "not_measured", heard)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" or report.failed:
        mark = item.get_closest_marker("check")
        assert mark is not None
        is_unmeasured = report.passed and _WHY in item.stash
        outcome = {"outcome": UNMEASURED, "reason": item.stash[_WHY]} if is_unmeasured else {"outcome": report.outcome}
        _write({"check": mark.args[0], "when": report.when, **outcome, **_finding(item, call, report)})
    return report


def _finding(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> dict[str, Any]:
    """The finding of a failure as the gate makes it; nothing for what passed."""
    if call.excinfo is None or not report.failed:
        return {}
    hook, error = item.config.hook, call.excinfo.value
    described = describe_failure(
        error,
        call.excinfo.exconly(),
        lambda exception: hook.pytest_release_gate_classify(exception=exception),
        lambda exception: hook.pytest_release_gate_remedy(exception=exception),
    )
    declared = load(item.config.rootpath)
    check = declared.check(item.get_closest_marker("check").args[0]) if declared else None  # type: ignore[union-attr]
    category = described["category"] or (check.category if check else None)
    asserts = isinstance(root_of(error), AssertionError) or described["type"] in ASSERTIONS
    return {"category": category, "root_cause": described["message"], "type": described["type"], "asserts": asserts}


def _write(entry: dict[str, Any]) -> None:
    with Path(os.environ[OUT]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")

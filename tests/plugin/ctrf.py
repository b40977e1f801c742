"""The published schema of the Common Test Report Format, and what a reader who knows only that may conclude.

schemas/ctrf.schema.json is src/ctrf-schema-0.0.json of the npm package ctrf 0.3.0 (CTRF's reference implementation),
unchanged, under the MIT licence beside it.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft7Validator

SCHEMAS = Path(__file__).parent / "schemas"
SCHEMA = Draft7Validator(json.loads((SCHEMAS / "ctrf.schema.json").read_text(encoding="utf-8")), validate_formats=True)


def assert_honest(report: dict[str, Any], result: dict[str, Any]) -> None:
    """The report is valid, has each check, calls only passed ones passed, and has a failure unless the verdict is
    PASS."""
    assert [fault.message for fault in SCHEMA.iter_errors(report)] == []
    checks = {f"{check['id']} {check['title']}": check for one in result["criteria"] for check in one["checks"]}
    tests = {test["name"]: test for test in report["results"]["tests"]}
    assert len(tests) == len(report["results"]["tests"])
    assert checks.keys() <= tests.keys()
    passed = {name for name, check in checks.items() if check["outcome"] == "PASSED" and not check["waived"]}
    assert {name for name, test in tests.items() if test["status"] == "passed"} == passed
    assert all(test["message"] for name, test in tests.items() if name not in passed)
    failed = [name for name, test in tests.items() if test["status"] == "failed"]
    assert bool(failed) is (result["verdict"] != "PASS")
    assert_counted(report["results"]["summary"], Counter(test["status"] for test in tests.values()))
    assert report["results"]["environment"]["healthy"] is (result["verdict"] == "PASS")


def assert_counted(summary: dict[str, int], counts: Counter[str]) -> None:
    statuses = ("passed", "failed", "skipped", "pending", "other")
    assert {status: summary[status] for status in statuses} == {status: counts[status] for status in statuses}
    assert summary["tests"] == counts.total()
    assert summary["start"] <= summary["stop"]

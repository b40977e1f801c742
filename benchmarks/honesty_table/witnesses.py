"""Reads each witness of a test run as CI would: release, or not. One reading rule each, stated in the page.

Each rule is a usual one, kindly read: a report that is missing or cannot be read releases nothing, and where a report
carries pytest's exit code, that is read as well. No rule looks at a file's age: CI that reads a report does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse


@dataclass(frozen=True)
class Said:
    """A witness's answer. stale: it is a file that this run has not written."""

    released: bool
    why: str
    stale: bool = False


def of_exit_code(code: int) -> Said:
    """The exit code is 0."""
    return Said(code == 0, f"exit {code}")


def of_junit(path: Path) -> Said:
    """The file has at least one test case, and no suite has failures or errors."""
    try:
        root = parse(path).getroot()
        suites = [] if root is None else list(root.iter("testsuite"))
        count = {name: sum(int(suite.get(name, "0")) for suite in suites) for name in ("tests", "failures", "errors")}
    except (OSError, ParseError, DefusedXmlException, ValueError):
        return _unreadable(path)
    return _counted(count["tests"], count["failures"] + count["errors"])


def of_json_report(path: Path) -> Said:
    """The file has at least one test, none failed or in error, no failed collector, and the exit code 0."""

    def rule(report: Mapping[str, Any]) -> Said:
        summary = report["summary"]
        uncollected = sum(one["outcome"] == "failed" for one in report.get("collectors", ()))
        said = _counted(summary["total"], summary.get("failed", 0) + summary.get("error", 0) + uncollected)
        return said if report["exitcode"] == 0 else Said(False, f"exit {report['exitcode']}")

    return _of_json(path, rule)


def of_ctrf(path: Path) -> Said:
    """The file has at least one test, and none is `failed`; every other status of CTRF is no failure."""
    return _of_json(
        path, lambda report: _counted(report["results"]["summary"]["tests"], report["results"]["summary"]["failed"])
    )


def of_gate(path: Path) -> Said:
    """The verdict in the RELEASE_GATE_RESULT.json of the last run is PASS."""
    return _of_json(path, lambda result: Said(result["verdict"] == "PASS", result["verdict"]))


REPORTS: Mapping[str, tuple[str, Callable[[Path], Said]]] = {
    "junit.xml": ("junit.xml", of_junit),
    "pytest-json-report": ("report.json", of_json_report),
    "CTRF plugin": ("ctrf.json", of_ctrf),
}
"""The file of each reporter, and its rule."""


def _of_json(path: Path, rule: Callable[[Mapping[str, Any]], Said]) -> Said:
    try:
        return rule(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _unreadable(path)


def _counted(tests: int, bad: int) -> Said:
    if bad:
        return Said(False, f"{bad} failed")
    return Said(tests > 0, f"{tests} test{'s' * (tests > 1)}, none failed" if tests else "no test")


def _unreadable(path: Path) -> Said:
    return Said(False, "unreadable" if path.exists() else "no file")

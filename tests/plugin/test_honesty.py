"""The comparison with other witnesses reads each by its rule, counts rightly, and its page has every stimulus."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.honesty_table.asking import BARE_EXIT, EXIT_CODE, OTHERS, OURS, SUPERVISED, Row, others_of
from benchmarks.honesty_table.command import main
from benchmarks.honesty_table.reporters import pinned
from benchmarks.honesty_table.tally import NOTHING, TOGETHER, tallies, told_by, wrong_of_the_gate
from benchmarks.honesty_table.witnesses import (
    REPORTS,
    Said,
    of_ctrf,
    of_exit_code,
    of_gate,
    of_json_report,
    of_junit,
)
from tests.plugin.stimuli import DECLARED, STIMULI

PAGE = Path(__file__).parents[2] / "docs" / "honesty.md"
SUITE = '<testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/>'


def junit(*suites: tuple[int, int, int, int]) -> str:
    return f"<testsuites>{''.join(SUITE.format(*suite) for suite in suites)}</testsuites>"


def json_report(exitcode: int = 0, collectors: list[str] | None = None, **summary: int) -> str:
    collected = [{"outcome": outcome} for outcome in collectors or ["passed"]]
    return json.dumps({"exitcode": exitcode, "summary": summary, "collectors": collected})


def ctrf(**summary: int) -> str:
    return json.dumps({"results": {"summary": summary}})


@pytest.mark.parametrize(
    ("rule", "content", "released", "why"),
    [
        (of_junit, junit((3, 0, 0, 0)), True, "3 tests, none failed"),
        (of_junit, SUITE.format(1, 0, 0, 0), True, "1 test, none failed"),
        (of_junit, junit((3, 0, 0, 3)), True, "3 tests, none failed"),
        (of_junit, junit((3, 0, 0, 0), (2, 0, 1, 0)), False, "1 failed"),
        (of_junit, junit((3, 1, 1, 0)), False, "2 failed"),
        (of_junit, junit((0, 0, 0, 0)), False, "no test"),
        (of_junit, junit((3, 0, 0, 0))[:-4], False, "unreadable"),
        (of_junit, '<testsuite tests="many"/>', False, "unreadable"),
        (of_junit, '<!DOCTYPE a [<!ENTITY b "c">]><testsuite tests="1" name="&b;"/>', False, "unreadable"),
        (of_json_report, json_report(passed=2, skipped=1, total=3), True, "3 tests, none failed"),
        (of_json_report, json_report(passed=2, total=2, exitcode=2), False, "exit 2"),
        (of_json_report, json_report(passed=1, failed=1, total=2), False, "1 failed"),
        (of_json_report, json_report(passed=1, error=1, total=2), False, "1 failed"),
        (of_json_report, json_report(passed=1, total=1, collectors=["passed", "failed"]), False, "1 failed"),
        (of_json_report, json_report(total=0), False, "no test"),
        (of_json_report, "{}", False, "unreadable"),
        (of_json_report, "", False, "unreadable"),
        (of_ctrf, ctrf(tests=3, passed=1, failed=0, other=2), True, "3 tests, none failed"),
        (of_ctrf, ctrf(tests=3, passed=2, failed=1), False, "1 failed"),
        (of_ctrf, ctrf(tests=0, failed=0), False, "no test"),
        (of_ctrf, "[]", False, "unreadable"),
        (of_gate, '{"verdict": "PASS"}', True, "PASS"),
        (of_gate, '{"verdict": "INCOMPLETE"}', False, "INCOMPLETE"),
        (of_gate, '{"verdict": "PASS"', False, "unreadable"),
    ],
)
def test_report_is_read_by_its_rule(
    rule: Callable[[Path], Said], content: str, released: bool, why: str, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    assert rule(report) == Said(False, "no file")
    report.write_text(content, encoding="utf-8")
    assert rule(report) == Said(released, why)


def test_exit_code_is_success_only_when_0() -> None:
    assert [of_exit_code(code).released for code in (0, 1, 2, 5, -9)] == [True, False, False, False, False]


def test_report_that_a_run_has_not_written_is_read_and_marked(tmp_path: Path) -> None:
    reports = {"junit.xml": junit((8, 0, 0, 0)), "report.json": json_report(passed=8, total=8)}
    for name, text in reports.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n[ -e ran ] && exit 7\n: > ran\nPATH=/usr/bin:/bin cp {tmp_path}/*.* .\n")
    python.chmod(0o755)
    said = others_of(STIMULI["older_pass_killed"], tmp_path / "kettle", python)
    older = Said(True, "8 tests, none failed", stale=True)
    assert said == {
        EXIT_CODE: Said(False, "exit 7"),
        **dict(zip(REPORTS, (older, older, Said(False, "no file")), strict=True)),
    }


def row(name: str, releasable: bool, lies: tuple[str, ...] = (), put: bool = True) -> Row:
    asked = (*OTHERS, *OURS) if put else OURS
    said = {witness: Said(releasable is not (witness in lies), "") for witness in asked}
    return Row(name, "a claim", releasable, said, "" if put else "ours alone")


def test_truth_is_counted_by_witness_and_by_kind() -> None:
    rows = [
        row("good", True, ("junit.xml", BARE_EXIT)),
        row("bad", False, OTHERS),
        row("half", False, (EXIT_CODE,)),
        row("ours", False, (SUPERVISED,), put=False),
    ]
    counted = {one.witness: (one.blocked, one.to_block, one.released, one.to_release) for one in tallies(rows)}
    assert counted[EXIT_CODE] == (0, 2, 1, 1)
    assert counted["junit.xml"] == (1, 2, 0, 1)
    assert counted[TOGETHER] == (1, 2, 0, 1)
    assert counted[NOTHING] == (2, 2, 0, 1)
    assert counted[SUPERVISED] == (2, 2, 1, 1)
    assert counted[BARE_EXIT] == (2, 2, 0, 1)
    assert [told_by(one) for one in rows[1:3]] == ["the gate alone", ", ".join([*OTHERS[1:], *OURS])]
    assert told_by(row("all", True)) == "all"
    assert told_by(row("none", False, (*OTHERS, *OURS))) == "nobody"
    assert wrong_of_the_gate(rows) == ["ours"]


def test_page_is_about_every_stimulus_and_the_reporters_that_are_pinned() -> None:
    text = PAGE.read_text("utf-8")
    missing = [
        name
        for name, stimulus in DECLARED.items()
        if f"| `{name}` | {stimulus.claim} | {'yes' if stimulus.expected.get('verdict') == 'PASS' else 'no'} |"
        not in text
    ]
    assert missing == [], "make it again: python3 benchmarks/honesty.py --write docs/honesty.md"
    assert text.count("\n| `") == len(DECLARED)
    assert [name for name, version in pinned().items() if f"{name} {version}" not in text] == []


def test_interpreter_without_the_reporters_is_refused_in_one_line(capsys: Any) -> None:
    assert main(["--python", sys.executable, "--only", "pass"], "") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{sys.executable} lacks pytest-json-report=={pinned()['pytest-json-report']}" in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["--only", "no_such"], ["--only", "pass", "--write", "x.md"], ["--write", "/no/folder/x.md"]]
)
def test_wrong_use_ends_with_2_before_anything_runs(arguments: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments, "")
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""

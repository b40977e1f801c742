"""Whatever has fooled a gate before, and what ours says to it: through its front door and under a bare pytest."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.ctrf import assert_honest
from tests.plugin.foreign import EXAMPLES, Project, project_in

EXIT_CODES = {"PASS": 0, "FAIL": 1, "INCOMPLETE": 3, "MISCONFIGURED": 4}
STIMULI = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((EXAMPLES / "stimuli").glob("*.toml"))}
WITHOUT_PLUGIN = {"plugin_off"}
"""Under a bare pytest nobody is left to say anything; the project's own conftest must."""


def laid_out(folder: Path, stimulus: dict[str, Any]) -> Project:
    return project_in(folder / "kettle", stimulus.get("files"))


def assert_told(project: Project, expected: dict[str, Any]) -> None:
    """Verdict, outcomes and problem codes on disk are those expected; RELEASE_BLOCKED.md is there unless PASS."""
    assert project.result["verdict"] == expected["verdict"], project.result["reasons"]
    outcomes = {identity: project.check(identity)["outcome"] for identity in expected.get("outcomes", {})}
    assert outcomes == expected.get("outcomes", {})
    codes = {event["code"] for event in journal_of(project) if event["event"] == "problem"}
    assert set(expected.get("problems", ())) <= codes
    assert project.blocked.exists() is (expected["verdict"] != "PASS")
    assert_honest(project.ctrf, project.result)


def journal_of(project: Project) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (project.folder / "journal.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", STIMULI)
def test_supervised_gate_tells_the_truth(name: str, tmp_path: Path) -> None:
    stimulus = STIMULI[name]
    project = laid_out(tmp_path, stimulus)
    ended = project.supervised(*stimulus.get("arguments", ()))
    assert_told(project, stimulus["expected"])
    assert ended.exit_code == EXIT_CODES[stimulus["expected"]["verdict"]], ended.output


@pytest.mark.parametrize("name", [name for name in STIMULI if name not in WITHOUT_PLUGIN])
def test_bare_pytest_leaves_the_same_truth_on_disk(name: str, tmp_path: Path) -> None:
    stimulus = STIMULI[name]
    project = laid_out(tmp_path, stimulus)
    ended = project.bare(*stimulus.get("arguments", ()))
    expected = stimulus["expected"] | stimulus.get("bare", {})
    assert_told(project, expected)
    assert ended.exit_code == expected.get("exit_code", 0), ended.output

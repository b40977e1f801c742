"""Each trick that has fooled a gate before, tried on ours: by `release_gate run`, by a bare pytest, and with -n 2."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from release_gate.sealing.result import from_journal
from tests.plugin.ctrf import assert_honest
from tests.plugin.foreign import GATE, Project
from tests.plugin.forking import CommandResult
from tests.plugin.stimuli import STIMULI, Stimulus
from tests.plugin.test_guide import GUIDE

EXIT_CODES = {"PASS": 0, "FAIL": 1, "INCOMPLETE": 3, "MISCONFIGURED": 4}
NO_RUN = [name for name, stimulus in STIMULI.items() if not stimulus.begins]
"""Refused before a run begins: nothing is left on disk."""
NO_RUN_WHEN_BARE = [name for name, stimulus in STIMULI.items() if not stimulus.begins_when_bare]
"""Stimuli that leave no run under a bare pytest either, or that have no process left to record one."""
FORGED = "result_forged"
"""Under a bare pytest no process is left to compare what a check did to the result; `verify` finds it."""
CONSEQUENCES = {"NOT_COLLECTED", "NOT_FINISHED", "SUPERVISOR"}
"""Codes that follow from others, and need not be named beside them."""
DOORS = {"supervised": Project.supervised, "bare": Project.bare}


def put(stimulus: Stimulus, folder: Path, door: str, *more: str) -> tuple[Project, CommandResult]:
    """The stimulus' project after its gate run through that door, and how the run ended."""
    enter = DOORS[door]
    project = stimulus.laid_out(folder / "kettle", lambda earlier, arguments: enter(earlier, *arguments))
    return project, enter(project, *stimulus.arguments, *more)


def assert_told(project: Project, expected: Mapping[str, Any]) -> None:
    """Verdict, outcomes, codes and reason on disk are those expected; RELEASE_BLOCKED.md is there unless PASS."""
    result = project.result
    assert result["verdict"] == expected["verdict"], result["reasons"]
    outcomes = {identity: project.check(identity)["outcome"] for identity in expected.get("outcomes", {})}
    assert outcomes == expected.get("outcomes", {})
    run = from_journal(project.folder, project.root).run
    codes, named = {problem.code for problem in run.problems}, set(expected.get("problems", ()))
    assert named <= codes <= named | CONSEQUENCES, result["reasons"]
    assert expected.get("reason", "") in "\n".join(result["reasons"])
    assert project.blocked.exists() is (expected["verdict"] != "PASS")
    assert_honest(project.ctrf, result)


@pytest.mark.parametrize("name", [name for name in STIMULI if name not in NO_RUN])
def test_supervised_gate_tells_the_truth(name: str, tmp_path: Path) -> None:
    stimulus = STIMULI[name]
    project, ended = put(stimulus, tmp_path, "supervised")
    assert_told(project, stimulus.expected)
    assert ended.exit_code == EXIT_CODES[stimulus.expected["verdict"]], ended.output


def assert_refused(project: Project, ended: CommandResult, stimulus: Stimulus, expected: Mapping[str, Any]) -> None:
    """The reason is told, and neither a run nor a document is left but those of an earlier run."""
    assert ended.exit_code == expected["exit_code"], ended.output
    assert expected.get("says", "") in " ".join(ended.output.split()), ended.output
    assert "Traceback" not in ended.output
    assert len(project.runs) == (stimulus.earlier is not None)
    assert project.blocked.exists() is (stimulus.earlier is not None)


@pytest.mark.parametrize("name", [name for name in STIMULI if name not in [*NO_RUN_WHEN_BARE, FORGED]])
def test_bare_pytest_leaves_the_same_truth_on_disk(name: str, tmp_path: Path) -> None:
    stimulus = STIMULI[name]
    project, ended = put(stimulus, tmp_path, "bare")
    expected = {**stimulus.expected, **stimulus.bare}
    assert_told(project, expected)
    assert ended.exit_code == expected.get("exit_code", 0), ended.output


@pytest.mark.parametrize("name", NO_RUN_WHEN_BARE)
def test_bare_pytest_that_begins_no_run_leaves_nothing_that_could_be_taken_for_one(name: str, tmp_path: Path) -> None:
    stimulus = STIMULI[name]
    project, ended = put(stimulus, tmp_path, "bare")
    assert_refused(project, ended, stimulus, {**stimulus.expected, **stimulus.bare})
    if not stimulus.earlier:
        assert "holds no run" in project.verify().output


@pytest.mark.parametrize("name", NO_RUN)
def test_supervised_gate_refuses_before_a_run_begins(name: str, tmp_path: Path) -> None:
    stimulus = STIMULI[name]
    assert_refused(*put(stimulus, tmp_path, "supervised"), stimulus, stimulus.expected)


def test_result_that_a_check_forged_is_refused_where_nobody_supervised_it(tmp_path: Path) -> None:
    project, ended = put(STIMULI[FORGED], tmp_path, "bare")
    assert (ended.exit_code, project.result["verdict"], project.blocked.exists()) == (0, "PASS", False)
    recomputed = project.run([*GATE, "recompute", str(project.folder)])
    assert (recomputed.exit_code, "NOT as recorded" in recomputed.output) == (1, True)
    assert project.verify("--allow-sample").exit_code == 1


def test_conftest_of_the_guide_refuses_a_bare_session_without_the_plugin(tmp_path: Path) -> None:
    project = STIMULI["plugin_off"].laid_out(tmp_path / "kettle", lambda *_: None)
    (snippet,) = [part for part in GUIDE.read_text("utf-8").split("```python\n") if part.startswith("def pytest_conf")]
    project.write("conftest.py", "import pytest\n\n\n" + snippet.partition("```")[0])
    ended = project.bare("-p", "no:release_gate")
    assert ended.exit_code == EXIT_CODES["MISCONFIGURED"]
    assert "the release gate is switched off: nothing would be judged" in ended.output
    assert project.bare().exit_code == 0

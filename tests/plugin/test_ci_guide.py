"""docs/ci.md and the workflow are one text, follow published schemas, and let nothing pass but a PASS of the commit."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.plugin.foreign import Project, project_in
from tests.plugin.forking import CommandResult

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "ci.md").read_text("utf-8")
WORKFLOW_TEXT = (ROOT / ".github" / "workflows" / "release-gate.yml").read_text("utf-8")
BLOCKS = dict(re.findall(r"`([\w./-]+\.yml)`:\n\n```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
WORKFLOW: dict[Any, Any] = yaml.safe_load(WORKFLOW_TEXT)
GATE, VERIFY = WORKFLOW["jobs"]["release-gate"], WORKFLOW["jobs"]["verify"]
GITLAB: dict[str, Any] = yaml.safe_load(BLOCKS[".gitlab-ci.yml"])


def step(job: dict[str, Any], text: str) -> dict[str, Any]:
    (found,) = [one for one in job["steps"] if text in one.get("uses", "") + one.get("run", "")]
    return dict(found)


def test_workflow_is_the_one_of_the_guide() -> None:
    assert BLOCKS[".github/workflows/release-gate.yml"] == WORKFLOW_TEXT


@pytest.mark.parametrize("name", ["github-workflows", "gitlab-ci"])
def test_files_follow_the_published_schemas(name: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yml"
    file.write_text(WORKFLOW_TEXT if name == "github-workflows" else BLOCKS[".gitlab-ci.yml"], "utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{name}", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_action_is_pinned_to_a_commit_and_says_its_full_version() -> None:
    used = [line.split("uses:")[1].strip() for line in WORKFLOW_TEXT.splitlines() if "uses:" in line]
    assert len(used) == 10
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_workflow_runs_where_a_required_check_must_and_may_only_read() -> None:
    triggers = WORKFLOW[True]  # YAML 1.1 reads the key `on` as true
    assert set(triggers) == {"pull_request", "merge_group", "push"}
    assert not triggers["pull_request"], "a filter would leave the required check waiting, or skip it"
    assert WORKFLOW["permissions"] == {"contents": "read"}
    steps = [one for job in WORKFLOW["jobs"].values() for one in (job, *job["steps"])]
    assert not any("continue-on-error" in one or "permissions" in one for one in steps)


def test_own_tests_of_the_gate_run_in_each_environment_of_tox() -> None:
    plugin = WORKFLOW["jobs"]["plugin"]
    (section,) = re.findall(r"^\[testenv:py\{([\w,-]+)\}\]$", (ROOT / "tox.ini").read_text("utf-8"), re.MULTILINE)
    pythons = {one["environment"]: one["python"] for one in plugin["strategy"]["matrix"]["include"]}
    assert pythons == {f"py{one}": f"3.{one[1:3]}" for one in section.split(",")}
    assert step(plugin, "tox")["run"] == ".venv/bin/tox -e ${{ matrix.environment }}"


def test_each_wheel_is_installed_alone() -> None:
    wheels = WORKFLOW["jobs"]["wheels"]
    assert [one["run"] for one in wheels["steps"] if "run" in one][1:] == ["make gate-wheel", "make backend-wheel"]


def test_verify_is_never_skipped_and_judges_what_the_gate_left() -> None:
    assert (VERIFY["needs"], VERIFY["if"]) == ("release-gate", "${{ always() }}")
    assert not any("if" in one for one in VERIFY["steps"])
    up, down = step(GATE, "upload-artifact")["with"], step(VERIFY, "download-artifact")["with"]
    assert up["name"] == down["name"]
    paths = [Path(path) for path in up["path"].split()]
    assert {path.parts[0] for path in paths} == {down["path"]}, "an artefact's paths begin at their common folder"
    assert Path("docs/_runs") in paths
    assert GATE["outputs"]["result"] == f"${{{{ steps.{step(GATE, 'make prod-ready')['id']}.outputs.result }}}}"
    assert step(VERIFY, "release_gate verify")["env"]["RESULT"] == "${{ needs.release-gate.outputs.result }}"


def test_gitlab_runs_the_same_and_keeps_the_same() -> None:
    commands = [one["run"] for one in GATE["steps"] if "run" in one]
    assert GITLAB["release-gate"]["script"] == commands
    artifacts = GITLAB["release-gate"]["artifacts"]
    assert artifacts["paths"] == step(GATE, "upload-artifact")["with"]["path"].split()
    assert (artifacts["when"], artifacts["reports"]["junit"]) == ("always", "docs/_runs/*/junit.xml")
    assert not any("allow_failure" in job or "when" in job for job in (GITLAB["release-gate"], GITLAB["verify"]))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """A committed kettle that has a passed run, and its commit."""
    project = project_in(tmp_path_factory.mktemp("judged") / "kettle")
    commit = project.commit()
    assert project.supervised().exit_code == 0
    return project, commit


@pytest.fixture
def elsewhere(judged: tuple[Project, str], tmp_path: Path) -> Project:
    """Another checkout of the same commit, with the run's folder as its artefact brought it."""
    project, _ = judged
    subprocess.run(["git", "clone", "-q", str(project.root), str(tmp_path / "kettle")], check=True)
    shutil.copytree(project.root / "docs", tmp_path / "kettle" / "docs", dirs_exist_ok=True)
    return Project(tmp_path / "kettle")


def verified(project: Project, command: str, **environment: str) -> CommandResult:
    """The last command of a job, as its shell runs it."""
    own = command.replace(".venv/bin/python", sys.executable)
    return Project(project.root, environment).run(["bash", "-eo", "pipefail", "-c", own])


COMMANDS = {
    "GITHUB_SHA": step(VERIFY, "release_gate verify")["run"],
    "CI_COMMIT_SHA": GITLAB["verify"]["script"][-1],
    "COMMIT": re.search(r"^\.venv\S+ -m release_gate verify .*\$COMMIT.*$", GUIDE, re.MULTILINE)[0],  # type: ignore[index]
}


@pytest.mark.parametrize("name", COMMANDS)
def test_verify_accepts_the_run_of_its_commit_and_no_other(
    name: str, judged: tuple[Project, str], elsewhere: Project
) -> None:
    result = f"docs/_runs/{elsewhere.folder.name}/RELEASE_GATE_RESULT.json"
    accepted = verified(elsewhere, COMMANDS[name], **{name: judged[1], "RESULT": result})
    assert accepted.exit_code == 0, accepted.output
    assert verified(elsewhere, COMMANDS[name], **{name: "0" * 40, "RESULT": result}).exit_code == 1
    (elsewhere.folder / "boil.json").write_text("{}")
    assert verified(elsewhere, COMMANDS[name], **{name: judged[1], "RESULT": result}).exit_code == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_verify_refuses_a_gate_that_left_nothing(name: str, judged: tuple[Project, str], elsewhere: Project) -> None:
    shutil.rmtree(elsewhere.root / "docs")
    ended = verified(elsewhere, COMMANDS[name], **{name: judged[1], "RESULT": ""})
    assert ended.exit_code == (2 if name == "GITHUB_SHA" else 1), "an empty RESULT is wrong usage"
    assert "Traceback" not in ended.output


def test_verify_refuses_a_gate_that_never_set_its_output(judged: tuple[Project, str], elsewhere: Project) -> None:
    """An empty RESULT must not mean: whatever run is there."""
    ended = verified(elsewhere, COMMANDS["GITHUB_SHA"], GITHUB_SHA=judged[1], RESULT="")
    assert ended.exit_code == 2


def cloned(project: Project, folder: Path) -> Project:
    subprocess.run(["git", "clone", "-q", str(project.root), str(folder)], check=True)
    return Project(folder)


def test_shards_of_two_machines_are_merged_as_typed(judged: tuple[Project, str], tmp_path: Path) -> None:
    """The folders come as `docs/_runs`, in which the index of runs lies beside the run."""
    section = GUIDE.partition("## The gate over several machines\n")[2]
    block = section.partition("```sh\n")[2].partition("```")[0].replace("python3", ".venv/bin/python")
    typed = [line for line in block.splitlines() if not line.startswith("#")]
    joining = cloned(judged[0], tmp_path / "joining")
    for number, (theirs, the_kettles) in enumerate((("A,B,C,D", "A"), ("E,F", "B,F")), 1):
        machine = cloned(judged[0], tmp_path / str(number))
        assert theirs in typed[0]
        ended = verified(machine, typed.pop(0).replace(theirs, the_kettles))
        assert ended.exit_code == 0, ended.output
        shutil.copytree(machine.root / "docs" / "_runs", joining.root / "shards" / str(number))
    assert len(typed) == 2
    for line in typed:
        ended = verified(joining, line, SHA=judged[1])
        assert ended.exit_code == 0, ended.output

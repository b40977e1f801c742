"""Shards of different subjects are not merged, and the faults of one stay those of the merged run."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from release_gate.rules.declaration import load
from release_gate.sealing.merging import read_shards
from release_gate.sealing.shards import faults_of
from tests.plugin.foreign import GATE, Project
from tests.plugin.sharded import joined, merged, shard


def test_shards_of_two_commits_and_whole_runs_are_not_merged(kettle: Project, tmp_path: Path) -> None:
    kettle.commit()
    first = shard(kettle, "A", tmp_path / "A")
    kettle.write("tests/test_new.py", "")
    kettle.commit()
    second = shard(kettle, "B,F", tmp_path / "B")
    ended = merged(kettle, first, second)
    assert (ended.exit_code, "judged different subjects: commit is" in ended.output) == (3, True), ended.output
    assert kettle.run([*GATE, "run"]).exit_code == 0
    whole = kettle.folder.rename(tmp_path / "whole")
    ended = merged(kettle, whole)
    assert (ended.exit_code, "was not run by --criteria" in ended.output) == (3, True), ended.output


OTHER_INPUTS = """import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_subject(config):
    criterion = config.getoption("gate_criteria")[0]
    if criterion == "A":
        return {}
    return {"workbook": {"kind": "given", "name": "w.xlsx", "sha256": {"B": "b", "F": "f"}[criterion] * 64}}
"""


def test_input_that_the_first_shard_does_not_name_is_compared_among_the_others(kettle: Project, tmp_path: Path) -> None:
    kettle.write("conftest.py", OTHER_INPUTS)
    kettle.commit()
    shards = [shard(kettle, criterion, tmp_path / criterion) for criterion in "ABF"]
    ended = merged(kettle, *shards)
    assert (ended.exit_code, "judged different subjects: workbook is" in ended.output) == (3, True), ended.output
    (warning,) = [event["message"] for event in joined(kettle, shards) if event["event"] == "warning"]
    assert warning.endswith("(A) did not name the input workbook, which other shards name.")


OTHER_SERVERS = """import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_subject(config):
    return {"database": {"server_version": {"A": "15.2", "B": "18.6"}[config.getoption("gate_criteria")[0]]}}
"""


def test_shards_on_two_servers_or_by_two_releases_of_a_tool_are_not_merged(kettle: Project, tmp_path: Path) -> None:
    """A merged subject has one value for each fact, which must be true of every shard."""
    kettle.write("conftest.py", OTHER_SERVERS)
    kettle.commit()
    folders = [shard(kettle, "A", tmp_path / "A"), shard(kettle, "B,F", tmp_path / "B")]
    ended = merged(kettle, *folders)
    told = "judged different subjects: database is {'server_version': '15.2'} and {'server_version': '18.6'}."
    assert (ended.exit_code, told in ended.output) == (3, True), ended.output
    declaration = load(kettle.root)
    assert declaration is not None
    (first, second), _ = read_shards(folders, declaration)
    subject = first.result["subject"]
    assert "pytest" in subject["versions"]
    others = [subject | {"versions": {**subject["versions"], "pytest": "7.0"}}]
    others.append({name: value for name, value in subject.items() if name != "versions"})
    for other in others:
        assert [*faults_of([first, replace(second, result={"subject": subject})], declaration)] == []
        (fault,) = faults_of([first, replace(second, result={"subject": other})], declaration)
        assert "judged different subjects: versions is {" in fault


def test_artefact_that_a_shard_found_stale_stays_so(kettle: Project, tmp_path: Path) -> None:
    """A copy is newer than what it was copied from."""
    kettle.replace(
        "tests/test_b_heating.py",
        "def test_the_water_boils(run_folder):\n",
        "def test_the_water_boils(run_folder, request):\n    request.addfinalizer(lambda: age(run_folder))\n",
    )
    kettle.replace(
        "tests/test_b_heating.py",
        "import pytest\n",
        "import os\n\nimport pytest\n\n\ndef age(folder):\n    os.utime(folder / 'boil.json', (0, 0))\n",
    )
    kettle.commit()
    first = shard(kettle, "A", tmp_path / "A")
    assert kettle.run([*GATE, "run", "--criteria", "B,F"]).exit_code == 1
    second = kettle.folder.rename(tmp_path / "B")
    os.utime(second / "boil.json")
    ended = merged(kettle, first, second)
    assert ended.exit_code == 1, ended.output
    assert (kettle.check("F2")["outcome"], kettle.check("F2")["reason"]) == (
        "FAILED",
        "boil.json is older than this run",
    )

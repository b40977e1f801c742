"""Runs of some criteria each are no PASS; merged they are one run, and only if they are the parts of one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from release_gate.commands.command_line import executed
from release_gate.record.files import as_json
from release_gate.record.records import fold
from release_gate.rules.declaration import load
from release_gate.sealing import merging, signing
from release_gate.sealing.merging import faults_of_checkout, faults_of_merge, merge, read_shards
from release_gate.sealing.result import build
from release_gate.sealing.seal import publish
from tests.plugin.foreign import GATE, Project, project_in
from tests.plugin.sharded import merged, shard

RESULT = "RELEASE_GATE_RESULT.json"


def copied(folder: Path, target: Path) -> Path:
    """A copy of a folder whose files are as old as if it had come in an archive without times."""
    shutil.copytree(folder, target)
    for path in target.rglob("*"):
        os.utime(path, (0, 0))
    return target


def run_id(folder: Path) -> str:
    return str(json.loads((folder / RESULT).read_text("utf-8"))["run_id"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """A committed kettle, and a folder with its shards A (of A) and B (of B and F)."""
    folder = tmp_path_factory.mktemp("merging")
    project = project_in(folder / "kettle")
    project.commit()
    for criteria, name in (("A", "A"), ("B,F", "B")):
        shard(project, criteria, folder / name)
    return project, folder


@pytest.fixture
def kettle_and_shards(made: tuple[Project, Path], tmp_path: Path) -> tuple[Project, Path, Path]:
    """The kettle with copies of its two shards; runs that a test makes are removed before."""
    project, folder = made
    shutil.rmtree(project.root / "docs" / "_runs", ignore_errors=True)
    for name in ("A", "B"):
        shutil.copytree(folder / name, tmp_path / name)
    return project, tmp_path / "A", tmp_path / "B"


def test_shard_is_incomplete_and_names_what_it_ran(made: tuple[Project, Path]) -> None:
    result = json.loads((made[1] / "B" / RESULT).read_text("utf-8"))
    outcomes = {check["id"]: check["outcome"] for one in result["criteria"] for check in one["checks"]}
    assert result["verdict"] == "INCOMPLETE"
    assert (outcomes["A1"], outcomes["B1"], outcomes["B2"], outcomes["F1"]) == (
        "NOT_RUN",
        "PASSED",
        "PASSED",
        "NOT_RUN",
    )
    assert result["criteria"][0]["checks"][0]["blocked_by"] == "--criteria B,F"
    assert result["notes"] == ["shard of B, F, to be merged with the others"]


def test_merged_shards_pass_and_are_verified(kettle_and_shards: tuple[Project, Path, Path]) -> None:
    """The shards lie among the runs of the merging machine, and their times are those of a copy that kept none."""
    kettle, *shards = kettle_and_shards
    first, second = (copied(one, kettle.root / "docs" / "_runs" / run_id(one)) for one in shards)
    ended = merged(kettle, second, first)
    assert ended.exit_code == 0, ended.output
    assert "Verdict: PASS" in ended.output.splitlines()
    assert kettle.result["subject"]["dirty"] is False
    assert [len(one["checks"]) for one in kettle.result["criteria"]] == [1, 2, 4]
    assert not kettle.blocked.exists()
    assert kettle.verify().exit_code == 0
    assert "**PASS**" in (kettle.root / "docs" / "FINAL_STATUS.md").read_text("utf-8")
    assert kettle.run([*GATE, "render", kettle.folder]).exit_code == 0
    ended = merged(kettle, kettle.folder)
    assert (ended.exit_code, "is a merge itself" in ended.output) == (3, True), ended.output


def test_merged_run_whose_shards_were_changed_is_refused(kettle_and_shards: tuple[Project, Path, Path]) -> None:
    kettle, first, second = kettle_and_shards
    assert merged(kettle, first, second).exit_code == 0
    declaration = load(kettle.root)
    assert declaration is not None
    journal = kettle.folder / "journal.jsonl"
    told = journal.read_text("utf-8")
    assert faults_of_merge(kettle.folder, declaration) == []
    for forged, why in (
        (
            told.replace('"oldest_shard_at": "2', '"oldest_shard_at": "3'),
            "The seal is not the one that the shards give.",
        ),
        (
            told + json.dumps({"seq": told.count("\n") + 1, "at": "", "event": "note", "message": ""}) + "\n",
            "The journal holds more than the shards' events and one seal.",
        ),
    ):
        journal.write_text(forged, "utf-8")
        assert faults_of_merge(kettle.folder, declaration) == [why]
    journal.write_text(told, "utf-8")
    inner = kettle.folder / "shards" / "2" / "boil.json"
    inner.write_text(inner.read_text("utf-8").replace("100", "99"), "utf-8")
    refused = kettle.verify()
    assert (refused.exit_code, "shards/2/boil.json was changed" in refused.output) == (1, True)


def test_failure_of_one_shard_fails_the_merged_run(kettle_and_shards: tuple[Project, Path, Path]) -> None:
    kettle, first, _ = kettle_and_shards
    original = (kettle.root / "tests/test_b_heating.py").read_text("utf-8")
    try:
        kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert mode == "slow"')
        assert kettle.run([*GATE, "run", "--criteria", "A"]).exit_code == 3
        cold_a = Path(shutil.move(kettle.folder, first.parent / "cold_a"))
        assert kettle.run([*GATE, "run", "--criteria", "B,F"]).exit_code == 1
        cold_b = Path(shutil.move(kettle.folder, first.parent / "cold_b"))
        ended = merged(kettle, cold_a, cold_b)
    finally:
        kettle.write("tests/test_b_heating.py", original)
    assert ended.exit_code == 1, ended.output
    assert kettle.check("B2")["outcome"] == "FAILED"
    assert kettle.check("A1")["outcome"] == "PASSED"
    assert kettle.result["subject"]["dirty"] is True


def changed_evidence(first: Path, second: Path) -> list[Path]:
    path = second / "boil.json"
    path.write_text(path.read_text("utf-8").replace("100", "101"), "utf-8")
    return [first, second]


def changed_journal(first: Path, second: Path) -> list[Path]:
    path = second / "journal.jsonl"
    path.write_text(path.read_text("utf-8").replace('"passed_s": {"setup"', '"passed_s": {"rinse"', 1), "utf-8")
    return [first, second]


def signed_with_nothing(first: Path, second: Path) -> list[Path]:
    (second / "RELEASE_GATE_RESULT.intoto.dsse.json").write_text("{}", "utf-8")
    return [first, second]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda first, second: [first], "Criterion B is in no shard.", id="missing"),
        pytest.param(lambda first, second: [first, second, second], "Criterion B is in 2 shards.", id="twice"),
        pytest.param(changed_evidence, "B: boil.json was changed since the run was sealed.", id="file changed"),
        pytest.param(changed_journal, "B: journal.jsonl was changed since the run was sealed.", id="journal changed"),
        pytest.param(signed_with_nothing, "B: RELEASE_GATE_RESULT.intoto.dsse.json is no DSSE envelope", id="signed"),
    ],
)
def test_misuse_is_incomplete(
    kettle_and_shards: tuple[Project, Path, Path], spoil: Callable[[Path, Path], list[Path]], told: str
) -> None:
    kettle, first, second = kettle_and_shards
    ended = merged(kettle, *spoil(first, second))
    assert ended.exit_code == 3, ended.output
    assert told in ended.output
    assert (kettle.result["verdict"], kettle.blocked.exists()) == ("INCOMPLETE", True)
    assert kettle.verify().exit_code == 1


@pytest.mark.parametrize(("command", "exit_code"), [("merge", 3), ("verify", 130)])
def test_command_that_is_interrupted_says_so(
    made: tuple[Project, Path],
    command: str,
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    kettle, folder = made
    monkeypatch.setattr(f"release_gate.commands.{command}.{command}", interrupted)
    monkeypatch.setenv("RELEASE_GATE_LANG", "en")
    given = ["--root", str(kettle.root), command, str(folder / "A" / RESULT)]
    assert executed(given) == exit_code
    assert capsys.readouterr().err == "Interrupted. A run that had begun stays INCOMPLETE.\n"


def test_shard_that_was_killed_never_ended(kettle_and_shards: tuple[Project, Path, Path]) -> None:
    """Its files are there, and none of them was added since it was sealed."""
    kettle, first, second = kettle_and_shards
    declaration = load(kettle.root)
    assert declaration is not None
    journal = (second / "journal.jsonl").read_text("utf-8").splitlines(keepends=True)
    events = [line for line in journal if json.loads(line)["event"] not in ("sealed", "session_finished")]
    (second / "journal.jsonl").write_text("".join(events), "utf-8")
    (second / RESULT).write_bytes(as_json(build(fold([json.loads(line) for line in events], kettle.root))))
    ended = merged(kettle, first, second)
    assert (ended.exit_code, "B: The run did not end: it was killed, or is going on." in ended.output) == (3, True)
    assert "since the run was sealed" not in ended.output


@pytest.mark.parametrize("none", ["none", "pyproject.toml", "."])
def test_what_is_no_run_leaves_an_earlier_result_alone(
    kettle_and_shards: tuple[Project, Path, Path], none: str
) -> None:
    kettle, first, _ = kettle_and_shards
    before = kettle.blocked.exists()
    ended = merged(kettle, first / "RELEASE_GATE_RESULT.json", Path(none))
    assert (ended.exit_code, kettle.runs, kettle.blocked.exists()) == (2, [], before), ended.output
    assert f"{none}: no folder of a run" in ended.output


def test_shards_are_signed_by_one_of_the_keys(kettle_and_shards: tuple[Project, Path, Path], tmp_path: Path) -> None:
    kettle, first, second = kettle_and_shards
    _, public = signing.generate(tmp_path / "keys")
    ended = merged(kettle, first, second, "--key", public)
    assert ended.exit_code == 3, ended.output
    assert "A: It is not signed: there is no RELEASE_GATE_RESULT.intoto.dsse.json." in ended.output
    ended = merged(kettle, first, second, "--key", "pyproject.toml")
    assert (ended.exit_code, len(kettle.runs)) == (4, 1), ended.output
    signed = Project(kettle.root, {signing.KEY_FILE: str(tmp_path / "keys" / "release_gate.key")})
    assert [signed.run([*GATE, "sign", one]).exit_code for one in (first, second)] == [0, 0]
    ended = merged(kettle, first, second, "--key", public)
    assert ended.exit_code == 0, ended.output


def test_waiver_that_has_ended_since_the_shards_ran_excuses_nothing(
    made: tuple[Project, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kettle, folder = made
    loaded = load(kettle.root)
    assert loaded is not None
    declaration = replace(loaded, docs_dir=tmp_path, runs_dir=tmp_path / "runs")
    monkeypatch.setattr(merging, "expired_waivers", lambda *_: ["It passed under a waiver of B2 that expired."])
    result = merge(declaration, [folder / "A", folder / "B"])[1]
    assert (result["verdict"], result["reasons"][0]) == ("INCOMPLETE", "It passed under a waiver of B2 that expired.")


def test_checks_that_a_shard_leaves_out_leave_its_exit_code_alone(made: tuple[Project, Path]) -> None:
    for name in ("A", "B"):
        events = [json.loads(line) for line in (made[1] / name / "journal.jsonl").read_text("utf-8").splitlines()]
        assert [event["exitstatus"] for event in events if event["event"] == "session_finished"] == [0]
        assert [event for event in events if event.get("outcome") == "failed"] == []


def test_shards_are_merged_in_a_checkout_of_theirs(made: tuple[Project, Path], tmp_path: Path) -> None:
    kettle, folder = made
    other = project_in(tmp_path / "other", {"tests/test_new.py": "NEW = 1\n"})
    other.commit()
    told = []
    for project in (kettle, other):
        declaration = load(project.root)
        assert declaration is not None
        shards, faults = read_shards([folder / "A", folder / "B"], declaration)
        assert faults == []
        told.append([one.partition(" judged ")[2][:7] for one in faults_of_checkout(declaration, shards)])
    assert told == [[], ["commit "]]


@pytest.mark.parametrize(
    ("kind", "facts"),
    [("invoked", {"criteria": 5}), ("invoked", {"criteria": [["B"]]}), ("session_finished", {"exitstatus": None})],
)
def test_event_of_another_form_is_a_reason_and_no_traceback(
    made: tuple[Project, Path], tmp_path: Path, kind: str, facts: dict[str, Any]
) -> None:
    kettle, folder = made
    loaded = load(kettle.root)
    assert loaded is not None
    declaration = replace(loaded, docs_dir=tmp_path, runs_dir=tmp_path / "runs")
    odd = Path(shutil.copytree(folder / "B", tmp_path / "B"))
    journal = odd / "journal.jsonl"
    events = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    changed = [event | facts if event["event"] == kind else event for event in events]
    journal.write_text("".join(f"{json.dumps(event)}\n" for event in changed), "utf-8")
    publish(declaration, odd)
    result = merge(declaration, [folder / "A", odd])[1]
    assert result["verdict"] == "INCOMPLETE"
    assert "The shards cannot be merged: a journal holds an event that is none" in result["reasons"][0]

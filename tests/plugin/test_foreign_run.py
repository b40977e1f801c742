"""A run folder that comes from elsewhere is refused in words, whatever lies in it; no link is followed."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from release_gate.__main__ import main
from release_gate.rules.declaration import Declaration, load
from release_gate.sealing.verifying import verify
from tests.plugin.foreign import Project, project_in

RESULT, JOURNAL = "RELEASE_GATE_RESULT.json", "journal.jsonl"


@pytest.fixture
def declaration(passed: Project) -> Declaration:
    loaded = load(passed.root)
    assert loaded is not None
    return loaded


@pytest.fixture
def run(passed: Project, tmp_path: Path) -> Path:
    return Path(shutil.copytree(passed.folder, tmp_path / passed.folder.name))


def replaced_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replaced_by_link(path: Path) -> None:
    path.rename(path.parent.parent / path.name)
    path.symlink_to(path.parent.parent / path.name)


def with_socket(folder: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(folder)
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("socket")
    finally:
        os.chdir(here)


ADDED: dict[str, Callable[[Path], object]] = {
    "empty folder": lambda run: (run / "empty").mkdir(),
    "folder of empty folders": lambda run: (run / "deep" / "deeper").mkdir(parents=True),
    "link": lambda run: (run / "link").symlink_to("/etc/hostname"),
    "link to a folder": lambda run: (run / "link").symlink_to(run),
    "dangling link": lambda run: (run / "link").symlink_to("nowhere"),
    "named pipe": lambda run: os.mkfifo(run / "pipe"),
    "socket": with_socket,
    "file of no encoding": lambda run: Path(os.fsdecode(os.fsencode(run) + b"/\xff")).write_text(""),
}


@pytest.mark.parametrize("what", ADDED)
def test_whatever_was_added_is_refused(what: str, run: Path, declaration: Declaration) -> None:
    assert verify(run / RESULT, declaration) == []
    ADDED[what](run)
    assert len(verify(run / RESULT, declaration)) == 1


@pytest.mark.parametrize("name", [RESULT, JOURNAL, "junit.xml", "RELEASE_GATE_RESULT.intoto.json"])
@pytest.mark.parametrize("deed", [replaced_by_pipe, replaced_by_link])
def test_file_replaced_is_refused_without_waiting(
    name: str, deed: Callable[[Path], None], run: Path, declaration: Declaration
) -> None:
    deed(run / name)
    assert verify(run / RESULT, declaration) != []


HOSTILE = {
    "nothing": "",
    "half": '{"verdict": "PASS"',
    "no object": "[1]",
    "deep": "[" * 100_000,
    "huge number": '{"verdict": ' + "9" * 5000 + "}",
    "lone surrogate": '"\\ud800"',
    "not UTF-8": "\udcff",
    "no number": "NaN",
}


@pytest.mark.parametrize("command", ["show", "recompute", "triage", "verify", "history"])
@pytest.mark.parametrize("name", [RESULT, JOURNAL])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_command_fails_at_a_hostile_file(
    hostile: str, name: str, command: str, passed: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    path = passed.folder / name
    content = path.read_bytes()
    path.write_bytes(HOSTILE[hostile].encode("utf-8", "surrogateescape"))
    given = [] if command == "history" else [str(passed.folder)]
    try:
        with pytest.raises(SystemExit) as ended:
            main(["--root", str(passed.root), command, *given, "--json"])
    finally:
        path.write_bytes(content)
    told = json.loads(capsys.readouterr().out)
    assert isinstance(told, dict)
    assert command == "history" or (command, name) == ("triage", RESULT) or ended.value.code != 0


@pytest.mark.parametrize("option", ["--commit", "--key", "--workbook", "--max-age", "--input", "--summary", None])
@pytest.mark.parametrize("value", ["", " "])
def test_empty_value_is_refused_in_words(
    option: str | None, value: str, passed: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--root", str(passed.root), "verify", *([option] if option else []), value])
    assert (ended.value.code, "is a variable unset?" in capsys.readouterr().err) == (2, True)


def test_pass_that_the_result_does_not_say_is_not_shown(passed: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = passed.folder / RESULT
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"verdict": "PASS"', b'"verdict": "INCOMPLETE"', 1))
    try:
        with pytest.raises(SystemExit) as ended:
            main(["--root", str(passed.root), "show"])
    finally:
        path.write_bytes(content)
    assert (ended.value.code, capsys.readouterr().out.startswith("INCOMPLETE: ")) == (3, True)


def test_run_of_an_older_folder_is_a_new_run_and_without_its_session_none_begins(tmp_path: Path) -> None:
    project = project_in(tmp_path / "kettle")
    assert project.bare().exit_code == 0
    (older,) = project.runs
    sealed = (older / RESULT).read_bytes()
    again = Project(project.root, {"RELEASE_GATE_RUN": str(older)}).bare()
    assert (again.exit_code, len(project.runs), (older / RESULT).read_bytes()) == (0, 2, sealed), again.output
    blocked = project.bare("-p", "no:release_gate_session")
    assert (blocked.exit_code, len(project.runs)) == (4, 2), blocked.output

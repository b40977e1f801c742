"""A gate started under a parent folder's configuration, by an interpreter that lacks it, with a broken environment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from release_gate.rules.declaration import load
from release_gate.supervisor import supervise
from tests.plugin.foreign import GATE, Project
from tests.plugin.test_stimuli import DOORS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("door", DOORS)
def test_configuration_of_a_parent_folder_is_refused(kettle: Project, door: str) -> None:
    (kettle.root / "pytest.ini").rename(kettle.root.parent / "pytest.ini")
    ended = DOORS[door](kettle)
    assert (ended.exit_code, kettle.runs, kettle.blocked.exists()) == (4, [], False)
    assert f"put a pytest.ini with the line [pytest] into {kettle.root}." in " ".join(ended.output.split())
    assert "Traceback" not in ended.output


def gate_without_packages(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The gate by an interpreter that has the standard library only."""
    return subprocess.run(
        [sys.executable, "-S", "-m", "release_gate", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("elsewhere", [False, True])
def test_gate_by_another_interpreter_goes_on_in_the_environment(kettle: Project, elsewhere: bool) -> None:
    python = kettle.write(".venv/bin/python", '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n')
    python.chmod(0o755)
    given = ["--root", str(kettle.root)] if elsewhere else []
    done = gate_without_packages(kettle.root.parent if elsewhere else kettle.root, *given, "run", "--", "-v")
    assert done.stdout.splitlines() == ["-m", "release_gate", *given, "run", "--", "-v"], done.stderr
    assert done.returncode == 3


def test_gate_by_another_interpreter_says_how_to_make_the_environment(kettle: Project) -> None:
    kettle.replace("pyproject.toml", 'title = "Kettle"', 'title = "Kettle"\nsetup = "make kettle"')
    done = gate_without_packages(kettle.root, "run")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    assert f"run `make kettle` in {kettle.root} first" in done.stderr


@pytest.mark.parametrize("name", ["random.py", "msgspec.py", "jinja2/__init__.py"])
def test_judge_imports_no_file_of_the_judged_project(kettle: Project, name: str) -> None:
    """A file of the project's root that has the name of a library would else decide the exit code of `verify`."""
    kettle.write(name, "import os\n\nos._exit(0)\n")
    for environment in ({}, {"PYTHONPATH": "."}, {"PYTHONPATH": f"/none:{kettle.root}"}):
        ended = Project(kettle.root, environment).verify()
        assert (ended.exit_code, "holds no run" in ended.output) == (1, True), ended.output


def test_command_in_a_wrong_folder_says_which_is_meant(kettle: Project) -> None:
    told = {}
    for root in ("tests", "none", ".."):
        ended = kettle.run([*GATE, "--root", root, "run"])
        assert (ended.exit_code, ended.output.count("\n")) == (4, 1), ended.output
        told[root] = ended.output
    assert f"start the command there, or with --root {kettle.root}." in told["tests"]
    assert told["none"] == f"{kettle.root / 'none'} is no folder.\n"
    assert "has no pyproject.toml with [tool.release_gate]" in told[".."]


@pytest.mark.parametrize("command", ["show", "recompute", "triage", "render", "sign"])
def test_folder_of_no_run_is_one_sentence(kettle: Project, command: str) -> None:
    ended = kettle.run([*GATE, command, "none"])
    assert (ended.exit_code, ended.output) == (1, "none: no folder of a run (there is no journal.jsonl).\n")


@pytest.mark.parametrize("missing", ["subprocess.Popen", "os.pipe"])
def test_system_that_starts_no_process_begins_no_run(
    kettle: Project, missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    declaration = load(kettle.root)
    assert declaration is not None
    monkeypatch.setattr(f"release_gate.child.{missing}", refused)
    assert supervise(declaration, []) == 3
    assert capsys.readouterr().out.startswith("pytest cannot be started: Too many open files. No run began;")
    assert (kettle.runs, kettle.blocked.exists()) == ([], False)


def test_options_of_the_environment_that_cannot_be_read_begin_no_run(kettle: Project) -> None:
    ended = Project(kettle.root, {"PYTEST_ADDOPTS": '-W "ignore'}).supervised()
    assert (ended.exit_code, kettle.runs, kettle.blocked.exists()) == (2, [], False)
    assert ended.output.startswith("PYTEST_ADDOPTS (from the environment) cannot be read: No closing quotation. No run")


def test_settings_that_are_not_utf_8_begin_no_run(kettle: Project) -> None:
    settings = kettle.root / "pytest.ini"
    settings.write_bytes(settings.read_text("utf-8").encode("utf-16"))
    ended = kettle.supervised()
    assert (ended.exit_code, kettle.runs, kettle.blocked.exists()) == (4, [], False)
    assert "pytest cannot start: pytest.ini is not UTF-8: save it as UTF-8. No run began" in ended.output


def test_declaration_that_is_not_utf_8_begins_no_run(kettle: Project) -> None:
    declaration = kettle.root / "pyproject.toml"
    declaration.write_bytes(declaration.read_text("utf-8").encode("utf-16"))
    ended = kettle.supervised()
    assert (ended.exit_code, ended.output.count("\n"), kettle.runs) == (4, 1, [])
    assert ended.output.endswith("pyproject.toml is not UTF-8: save it as UTF-8.\n")


def test_folder_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    done = subprocess.run(
        [sys.executable, "-c", command, "-m", "release_gate", "run"],
        cwd=gone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    assert done.stderr.startswith("The folder in which this command was started is gone")


def test_plugin_that_raises_as_it_is_imported_is_named_with_its_reason(kettle: Project) -> None:
    kettle.write("thermostat.py", "1 / 0\n")
    ended = kettle.supervised("-p", "thermostat")
    assert (ended.exit_code, kettle.runs, kettle.blocked.exists()) == (4, [], False)
    told = next(line for line in ended.output.splitlines() if line.startswith("pytest cannot start: "))
    assert told.endswith("ZeroDivisionError: division by zero. No run began; no earlier result was touched.")


def test_version_is_the_installed_one(kettle: Project) -> None:
    told = kettle.run([*GATE, "--version"])
    assert (told.exit_code, told.output) == (0, f"prodplan {version('prodplan')}\n")


@pytest.mark.parametrize("arguments", [("verify", "--key", "absent.pem"), ("--root", "absent", "show")])
def test_object_that_was_asked_for_tells_of_a_misconfiguration_too(kettle: Project, arguments: Sequence[str]) -> None:
    kettle.supervised()
    told = kettle.run([*GATE, *arguments, "--json"])
    assert told.exit_code == 4
    assert "absent" in json.loads(told.output)["error"]


def test_arguments_of_pytest_are_told_their_place(kettle: Project) -> None:
    told = kettle.run([*GATE, "run", "-k", "water"])
    assert (told.exit_code, kettle.runs) == (2, [])
    assert "unrecognized arguments: -k water; pytest's own arguments come after --" in told.output

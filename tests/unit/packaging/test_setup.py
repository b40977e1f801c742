"""The environment's set-up: reused when nothing changed, one sentence when it cannot be made, one at a time."""

from __future__ import annotations

import ast
import fcntl
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.packaging.checkout import BARE, BASE_PYTHON, ROOT, copy, module, pretend_ready, stamp

DOORS = sorted((ROOT / "scripts").glob("*.py"))


def set_up(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BASE_PYTHON, str(checkout / "scripts" / "setup_environment.py")],
        env=BARE | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("door", DOORS, ids=lambda path: path.name)
def test_door_can_be_read_by_an_old_python(door: Path) -> None:
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Nonlocal, ast.Match)
    tree = ast.parse(door.read_text(encoding="ascii"))
    for node in ast.walk(tree):
        assert not isinstance(node, modern), f"{door.name}:{getattr(node, 'lineno', '?')} {type(node).__name__}"
        if isinstance(node, ast.FunctionDef):
            arguments = node.args
            assert node.returns is None and not any(one.annotation for one in arguments.args), node.name
            assert not arguments.kwonlyargs and not arguments.posonlyargs, node.name
        if isinstance(node, (ast.List, ast.Tuple)) and isinstance(node.ctx, ast.Store):
            assert not any(isinstance(part, ast.Starred) for part in node.elts)


def test_ready_environment_is_reused_without_running_anything(tmp_path: Path) -> None:
    pretend_ready(copy(tmp_path)).write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    done = set_up(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml", ".venv/pyvenv.cfg", ".venv/bin/python"])
def test_environment_is_not_reused_when_what_it_was_made_from_changes(
    tmp_path: Path, changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_ready(copy(tmp_path))
    setup = at(module("setup_environment.py"), tmp_path, monkeypatch)
    assert setup.ready()
    path = tmp_path / changed
    text = path.read_text(encoding="utf-8")
    path.unlink()
    if path.name != "python":
        path.write_text(text.replace('name = "prodplan"', 'name = "other"').replace("3.11", "3.12"), encoding="utf-8")
        if path.name == "requirements.lock":
            path.write_text("alembic==1.0\n", encoding="utf-8")
    assert not setup.ready()


def test_other_tools_settings_in_pyproject_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_ready(copy(tmp_path))
    setup = at(module("setup_environment.py"), tmp_path, monkeypatch)
    with (tmp_path / "pyproject.toml").open("a", encoding="utf-8") as stream:
        stream.write("\n[tool.other]\nkey = 1\n")
    assert setup.ready()


def test_moved_checkout_is_set_up_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    pretend_ready(copy(tmp_path / "here"))
    (tmp_path / "here").rename(tmp_path / "there")
    assert not at(module("setup_environment.py"), tmp_path / "there", monkeypatch).ready()


def at(setup: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module as if it lay in another checkout."""
    venv = folder / ".venv"
    for name, path in {
        "ROOT": folder,
        "VENV": venv,
        "PYTHON": venv / "bin/python",
        "STAMP": venv / "setup.stamp",
    }.items():
        monkeypatch.setattr(setup, name, str(path))
    return setup


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        ({"own": (3, 8, 1, 1, 1), "/new": (3, 12, 1, 1, 1)}, "/new"),
        ({"own": (3, 11, 1, 1, 0), "/new": (3, 12, 1, 1, 1)}, "own"),
        ({"own": (3, 11, 1, 0, 1), "/new": (3, 12, 1, 1, 0)}, "/new"),  # Debian without its venv package
        ({"own": (3, 11, 1, 0, 1), "/new": None}, "own"),
        ({"own": (3, 8, 1, 1, 1), "/new": (3, 10, 1, 1, 1)}, "too old"),
        ({"own": (3, 11, 1, 0, 0), "/new": (3, 9, 1, 1, 1)}, "python3.11-venv"),
    ],
)
def test_interpreter_is_the_first_that_can(
    found: dict[str, Any], chosen: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = module("setup_environment.py")
    monkeypatch.setattr(setup.sys, "_base_executable", "own")
    monkeypatch.setattr(setup, "found_on_path", lambda _: ["/new"])
    monkeypatch.setattr(setup, "abilities", found.get)
    try:
        assert setup.interpreter_to_use() == chosen
    except SystemExit as stopped:
        assert stopped.code == 1
        assert chosen in capsys.readouterr().err


def test_unreachable_index_is_one_sentence_and_the_next_run_begins_anew(tmp_path: Path) -> None:
    copy(tmp_path, lock=f"alembic==1.20.1 --hash=sha256:{'0' * 64}\n")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        index = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
        done = set_up(tmp_path, PIP_INDEX_URL=index, PIP_CONFIG_FILE=os.devnull, HOME=str(tmp_path))
    assert done.returncode == 1
    assert "out of reach" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / ".venv" / "setup.unfinished").exists()
    assert not (tmp_path / ".venv" / "setup.stamp").exists()


def test_second_set_up_waits_for_the_first_and_reuses_its_work(tmp_path: Path) -> None:
    pretend_ready(copy(tmp_path))
    (tmp_path / ".venv" / "setup.stamp").unlink()
    with (tmp_path / ".venv" / "setup.lock").open("a") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [BASE_PYTHON, str(tmp_path / "scripts" / "setup_environment.py")],
            env=BARE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert second.stdout is not None
        assert "waiting" in second.stdout.readline()
        stamp(tmp_path)
    with second:
        assert second.stdout.read() == ""
    assert second.returncode == 0

"""Time limits where the watchdog in the judged process is stopped, taken or not yet there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from types import SimpleNamespace
from typing import Any

import pytest

from release_gate.sealing import deadlines
from tests.plugin.foreign import Project
from tests.plugin.forking import CommandResult

B2_FIX = 'fix = ["Replace the thermostat."]'
CHECK = '@pytest.mark.check("B2")'
IN_B2 = "    assert mode in"


def limit_check(kettle: Project, seconds: float) -> None:
    kettle.replace("pyproject.toml", B2_FIX, f"timeout_s = {seconds}\n{B2_FIX}")


def limit_run(kettle: Project, seconds: float) -> None:
    kettle.replace("pyproject.toml", 'marker = "kettle_ready"', f'marker = "kettle_ready"\ntimeout_s = {seconds}')


@dataclass
class Hanging:
    """Runs a project that hangs, under limits that grow until the hang is reached: a busy machine comes there later.

    mark: a file that is there once it is reached. seconds: the limit of the last run.
    """

    mark: Path
    seconds: float = 0.0

    @property
    def note(self) -> str:
        """A statement for the line before the hang, which writes the mark."""
        return f"open({str(self.mark)!r}, 'a').close()"

    def ended(self, kettle: Project, door: str, limit: Callable[[Project, float], None], first: float) -> CommandResult:
        """The end of the run through that door that came to the hang. first: the limit of the first attempt."""
        unlimited = (kettle.root / "pyproject.toml").read_text("utf-8")
        for self.seconds in (first, 5 * first, 25 * first):
            kettle.write("pyproject.toml", unlimited)
            limit(kettle, self.seconds)
            ended: CommandResult = getattr(kettle, door)()
            if self.mark.exists():
                break
        return ended


@pytest.fixture
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Hanging:
    return Hanging(tmp_path_factory.mktemp("hanging") / "reached")


@pytest.mark.parametrize(
    "hang",
    [
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", id="stopped"),
        pytest.param(
            "import faulthandler, time; faulthandler.cancel_dump_traceback_later(); time.sleep(99)", id="watchdog-taken"
        ),
    ],
)
def test_stacks_are_kept_although_the_watchdog_writes_none(kettle: Project, hanging: Hanging, hang: str) -> None:
    kettle.replace("tests/test_b_heating.py", IN_B2, f"    {hanging.note}\n    {hang}\n{IN_B2}")
    ended = hanging.ended(kettle, "supervised", limit_check, 0.5)
    assert ended.exit_code == 1, ended.output
    assert kettle.check("B2")["outcome"] == "FAILED"
    assert "in test_it_switches_off" in (kettle.folder / "stacks.txt").read_text("utf-8")


def test_process_that_answers_late_still_has_its_stacks_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = tmp_path / deadlines.ASKED_STACKS
    monkeypatch.setattr(deadlines, "ask_for_stacks", lambda pid: Timer(2.0, answer.write_text, ["Thread 1"]).start())
    declared: Any = SimpleNamespace(timeout_s=1.0, checks=())
    deadlines.Deadlines(declared, tmp_path)._await_stacks(0)
    assert answer.exists()


@pytest.mark.parametrize(
    ("hang", "place"),
    [
        ("import time\ntime.sleep(99)\n", "<module>"),
        ("import time\ndef pytest_addoption(parser):\n    time.sleep(99)\n", "pytest_addoption"),
    ],
    ids=["import", "hook"],
)
def test_no_run_begins_where_pytest_hangs_before_it(kettle: Project, hang: str, place: str) -> None:
    limit_run(kettle, 2)
    kettle.write("conftest.py", hang)
    ended = kettle.supervised()
    assert ended.exit_code == 3, ended.output
    assert f"in {place}" in ended.output
    assert "pytest did not begin within timeout_s = 2, and was ended" in " ".join(ended.output.split())
    assert not kettle.runs
    assert not kettle.blocked.exists()


@pytest.mark.parametrize("door", ["supervised", "bare"])
def test_hook_that_hangs_before_the_session_is_ended_with_its_stack(
    kettle: Project, hanging: Hanging, door: str
) -> None:
    hang = f"def pytest_configure(config):\n    {hanging.note}\n    time.sleep(999)\n"
    kettle.write("conftest.py", f"import time\n{hang}")
    ended = hanging.ended(kettle, door, limit_run, 2)
    assert ended.exit_code == {"supervised": 3, "bare": 1}[door], ended.output
    assert kettle.result["verdict"] == "INCOMPLETE"
    assert "in pytest_configure" in (kettle.folder / "stacks.txt").read_text("utf-8")


@pytest.mark.parametrize("door", ["supervised", "bare"])
def test_run_that_hangs_after_its_seal_is_no_pass(kettle: Project, hanging: Hanging, door: str) -> None:
    hang = f"def hang():\n    {hanging.note}\n    time.sleep(999)\natexit.register(hang)\n"
    kettle.write("conftest.py", f"import atexit, time\n{hang}")
    ended = hanging.ended(kettle, door, limit_run, 3)
    assert ended.exit_code == 3, ended.output
    told = "\n".join(kettle.result["reasons"])
    assert f"the run took longer than its timeout_s = {hanging.seconds:g} and was ended" in told
    assert kettle.blocked.exists()
    if door == "bare":
        assert "in hang (conftest.py:4) as the interpreter ended" in told


def test_native_code_that_hangs_after_the_seal_is_ended_under_a_bare_pytest(kettle: Project) -> None:
    limit_run(kettle, 2)
    pause = "import atexit, ctypes\natexit.register(ctypes.PyDLL(None).pause)\n"
    kettle.write("conftest.py", pause)
    assert kettle.bare().exit_code == 1


HANG = "threading.Event().wait()"
FIXTURE = """import threading


@pytest.fixture(scope="{scope}")
def vessel():
    yield
    {end}


"""


@pytest.mark.parametrize(
    ("scope", "end", "told", "outcome"),
    [
        ("module", HANG, "The module fixture vessel (test_b_heating.py:16) did not come down within the timeout_s", ""),
        ("class", HANG, "The class fixture vessel (test_b_heating.py:16) did not come down within the timeout_s", ""),
        ("module", "threading.Event().wait(LATE)", "The module fixture vessel (test_b_heating.py:16)", ""),
        ("function", HANG, "B2 took longer than its timeout_s = 0.5 and was ended in vessel", "ERROR"),
    ],
)
def test_wider_fixture_that_comes_down_late_is_named_itself(
    kettle: Project, hanging: Hanging, scope: str, end: str, told: str, outcome: str
) -> None:
    fixture = FIXTURE.format(scope=scope, end=f"{hanging.note}\n    {end}")
    kettle.replace("tests/test_b_heating.py", CHECK, fixture + CHECK)
    kettle.replace("tests/test_b_heating.py", "(mode):", "(mode, vessel):")
    kettle.replace("tests/test_b_heating.py", '["slow", "fast"]', '["slow"]')
    written = (kettle.root / "tests" / "test_b_heating.py").read_text("utf-8")

    def limit(kettle: Project, seconds: float) -> None:
        limit_check(kettle, seconds)
        kettle.write("tests/test_b_heating.py", written.replace("LATE", f"{1.8 * seconds:g}"))

    ended = hanging.ended(kettle, "supervised", limit, 0.5)
    told = told.replace("= 0.5", f"= {hanging.seconds:g}")
    assert ended.exit_code == (1 if outcome else 3), ended.output
    assert told in "\n".join(kettle.result["reasons"])
    assert kettle.check("B2")["outcome"] == (outcome or "PASSED")


def test_run_that_ends_by_itself_too_late_is_no_pass(kettle: Project) -> None:
    limit_run(kettle, 3)
    kettle.write("conftest.py", "import atexit, time\natexit.register(time.sleep, 3)\n")
    ended = kettle.supervised()
    assert ended.exit_code == 3, ended.output
    assert "the run took longer than its timeout_s = 3" in "\n".join(kettle.result["reasons"])

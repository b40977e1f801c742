"""Time limits where the watchdog in the judged process is stopped, taken or not yet there."""

from __future__ import annotations

import pytest

from tests.plugin.foreign import Project

B2_FIX = 'fix = ["Replace the thermostat."]'
CHECK = '@pytest.mark.check("B2")'
IN_B2 = "    assert mode in"


def limit_check(kettle: Project, seconds: float) -> None:
    kettle.replace("pyproject.toml", B2_FIX, f"timeout_s = {seconds}\n{B2_FIX}")


def limit_run(kettle: Project, seconds: float) -> None:
    kettle.replace("pyproject.toml", 'marker = "kettle_ready"', f'marker = "kettle_ready"\ntimeout_s = {seconds}')


@pytest.mark.parametrize(
    "hang",
    [
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", id="stopped"),
        pytest.param(
            "import faulthandler, time; faulthandler.cancel_dump_traceback_later(); time.sleep(99)", id="watchdog-taken"
        ),
    ],
)
def test_stacks_are_kept_although_the_watchdog_writes_none(kettle: Project, hang: str) -> None:
    limit_check(kettle, 0.5)
    kettle.replace("tests/test_b_heating.py", IN_B2, f"    {hang}\n{IN_B2}")
    ended = kettle.supervised()
    assert ended.exit_code == 1, ended.output
    assert kettle.check("B2")["outcome"] == "FAILED"
    assert "in test_it_switches_off" in (kettle.folder / "stacks.txt").read_text("utf-8")


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
def test_hook_that_hangs_before_the_session_is_ended_with_its_stack(kettle: Project, door: str) -> None:
    limit_run(kettle, 2)
    kettle.write("conftest.py", "import time\ndef pytest_configure(config):\n    time.sleep(99)\n")
    ended = getattr(kettle, door)()
    assert ended.exit_code == {"supervised": 3, "bare": 1}[door], ended.output
    assert kettle.result["verdict"] == "INCOMPLETE"
    assert "in pytest_configure" in (kettle.folder / "stacks.txt").read_text("utf-8")


@pytest.mark.parametrize("door", ["supervised", "bare"])
def test_run_that_hangs_after_its_seal_is_no_pass(kettle: Project, door: str) -> None:
    limit_run(kettle, 3)
    kettle.write("conftest.py", "import atexit, time\ndef hang():\n    time.sleep(99)\natexit.register(hang)\n")
    ended = getattr(kettle, door)()
    assert ended.exit_code == 3, ended.output
    told = "\n".join(kettle.result["reasons"])
    assert "the run took longer than its timeout_s = 3 and was ended" in told
    assert kettle.blocked.exists()
    if door == "bare":
        assert "in hang (conftest.py:3) as the interpreter ended" in told


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
        ("module", "threading.Event().wait(0.9)", "The module fixture vessel (test_b_heating.py:16)", ""),
        ("function", HANG, "B2 took longer than its timeout_s = 0.5 and was ended in vessel", "ERROR"),
    ],
)
def test_wider_fixture_that_comes_down_late_is_named_itself(
    kettle: Project, scope: str, end: str, told: str, outcome: str
) -> None:
    limit_check(kettle, 0.5)
    kettle.replace("tests/test_b_heating.py", '@pytest.mark.check("B2")', FIXTURE.format(scope=scope, end=end) + CHECK)
    kettle.replace("tests/test_b_heating.py", "(mode):", "(mode, vessel):")
    kettle.replace("tests/test_b_heating.py", '["slow", "fast"]', '["slow"]')
    ended = kettle.supervised()
    assert ended.exit_code == (1 if outcome else 3), ended.output
    assert told in "\n".join(kettle.result["reasons"])
    assert kettle.check("B2")["outcome"] == (outcome or "PASSED")


def test_run_that_ends_by_itself_too_late_is_no_pass(kettle: Project) -> None:
    limit_run(kettle, 3)
    kettle.write("conftest.py", "import atexit, time\natexit.register(time.sleep, 3)\n")
    ended = kettle.supervised()
    assert ended.exit_code == 3, ended.output
    assert "the run took longer than its timeout_s = 3" in "\n".join(kettle.result["reasons"])

"""A run that is ended from outside releases nothing, and Ctrl-C is told apart from a crash."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from release_gate.in_pytest.signals import interrupt_when_told_to_end
from tests.plugin.foreign import GATE, PYTEST, Project

WAITING = """import os

import pytest

pytestmark = pytest.mark.kettle_ready


@pytest.fixture(scope="session")
def mains():
    yield
    with open("cut", "w") as file:
        file.write("off")


@pytest.mark.check("B1")
def test_the_water_boils(run_folder, mains):
    (run_folder / "boil.json").write_text('{"degrees": 100}')
    with open("started", "w") as fifo:
        fifo.write(str(os.getpid()))
    with open("go_on") as fifo:
        fifo.read()


@pytest.mark.check("B2")
def test_it_switches_off():
    assert True
"""


@contextmanager
def at_work(kettle: Project, command: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The command, and the pid of the pytest that is in the middle of check B1 and waits there."""
    kettle.write("tests/test_b_heating.py", WAITING)
    for name in ("started", "go_on"):
        os.mkfifo(kettle.root / name)
    child = subprocess.Popen(
        command, cwd=kettle.root, env=kettle.child_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield child, int((kettle.root / "started").read_text())
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()


def verdict(kettle: Project) -> str:
    result = json.loads((kettle.folder / "RELEASE_GATE_RESULT.json").read_text("utf-8"))
    return str(result["verdict"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_to_the_supervisor_reaches_the_checks_and_leaves_incomplete(
    kettle: Project, number: signal.Signals
) -> None:
    with at_work(kettle, [*GATE, "run"]) as (supervisor, pid):
        supervisor.send_signal(number)
        assert supervisor.wait(timeout=60) == 3
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert kettle.check("B1")["outcome"] == "NOT_RUN"
    assert verdict(kettle) == "INCOMPLETE"
    assert (kettle.root / "cut").read_text() == "off"
    assert number.name in " ".join(kettle.result["reasons"])
    assert kettle.blocked.exists()


def test_crash_of_the_checks_is_an_error_of_the_check_that_ran(kettle: Project) -> None:
    with at_work(kettle, [*GATE, "run"]) as (supervisor, pid):
        os.kill(pid, signal.SIGSEGV)
        assert supervisor.wait(timeout=60) == 1
    assert (kettle.check("B1")["outcome"], kettle.check("B2")["outcome"]) == ("ERROR", "NOT_RUN")
    assert kettle.blocked.exists()


@pytest.mark.parametrize("command", [[*GATE, "run"], [*PYTEST, "-m", "kettle_ready"]], ids=["supervisor", "pytest"])
def test_killed_outright_the_disk_already_says_incomplete(kettle: Project, command: list[str]) -> None:
    with at_work(kettle, command) as (child, pid):
        child.kill()
        child.wait(timeout=60)
        assert verdict(kettle) == "INCOMPLETE"
        assert kettle.blocked.exists()
        if pid != child.pid:
            os.kill(pid, signal.SIGKILL)
    assert kettle.verify().exit_code == 1


def test_run_ends_with_its_supervisor_and_does_not_unblock_the_release(kettle: Project) -> None:
    with at_work(kettle, [*GATE, "run"]) as (supervisor, pid):
        supervisor.kill()
        supervisor.wait(timeout=60)
        wait_for_end(pid)
    assert (kettle.root / "cut").read_text() == "off"
    assert '"event": "sealed"' in (kettle.folder / "journal.jsonl").read_text("utf-8")
    assert verdict(kettle) == "INCOMPLETE"
    assert kettle.blocked.exists()


def wait_for_end(pid: int) -> None:
    """Wait until the process has ended; it is no child of this one, so its pidfd is polled."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        select.select([handle], [], [], 60)
    finally:
        os.close(handle)


def test_full_disk_leaves_the_run_blocked(kettle: Project) -> None:
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', LIMIT)
    command = [sys.executable, "-m", "release_gate", "run"]
    done = kettle.run(command)
    assert done.exit_code in (1, 3), done.output
    assert verdict(kettle) != "PASS"
    assert kettle.blocked.exists()
    assert Path(kettle.folder / "journal.jsonl").stat().st_size > 0


LIMIT = """import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))"""


IGNORING = (
    "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.executable, sys.argv[1:])"
)


def test_child_that_dies_is_heard_though_a_parent_ignores_children(kettle: Project) -> None:
    """The system forgets how a child ended where SIGCHLD is ignored, and Python then says 0."""
    kettle.write("conftest.py", "import atexit\nimport os\n\natexit.register(os._exit, 7)\n")
    ended = kettle.run([sys.executable, "-c", IGNORING, *GATE, "run"])
    assert (ended.exit_code, kettle.result["verdict"]) == (3, "INCOMPLETE"), ended.output
    assert "The child ended with exit code 7" in " ".join(kettle.result["reasons"])


def test_forked_child_ends_as_it_would_without_the_gate() -> None:
    restore = interrupt_when_told_to_end()
    try:
        child = os.fork()
        if not child:
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                os.read(0, 0)
            except KeyboardInterrupt:
                os._exit(7)
            os._exit(8)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    finally:
        restore()

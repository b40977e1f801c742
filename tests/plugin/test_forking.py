"""A command in a fork of the prepared process ends and prints as it does in an interpreter of its own."""

from __future__ import annotations

import re
import sys
import time

import pytest

from tests.plugin import fork_server, forking
from tests.plugin.foreign import GATE, PYTEST, Project

VARYING = re.compile(r"\d{8}_\d{6}\w*|\d+\.\d+s?|\(?\d+ s\)?|kettle\d*")
STATE = """import os
import signal
import stat
import sys

signals = [signal.getsignal(number) for number in (2, 13, 15)]
session = (os.getpgid(0) == os.getpid(), os.getsid(0) == os.getpid())
kinds = [stat.S_IFMT(os.fstat(number).st_mode) for number in range(3)]
told = (sys.stdin.encoding, sys.stdout.encoding, sys.stdout.line_buffering, sys.stderr.line_buffering)
more = (sorted(set(os.environ)), os.getcwd(), sys.argv, sys.orig_argv, sys.path, sys.flags, told)
gate = sorted(name for name in sys.modules if name.startswith("release_gate"))
print("found", *signals, session, kinds, *more, "__main__" in sys.modules, gate)
"""
"""A conftest.py that prints what a process inherits and how Python began."""


@pytest.fixture(autouse=True)
def forking_is_on() -> None:
    if not forking.FORKING:
        pytest.skip(f"{forking.REAL_STARTS} is set")


def told(project: Project, command: list[str], *, real: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    with monkeypatch.context() as patch:
        if real:
            patch.setattr(forking, "FORKING", [])
        ended = project.run(command)
    return ended.exit_code, VARYING.sub("…", ended.output)


@pytest.mark.parametrize(
    "command", [[*GATE, "run"], [*PYTEST, "-m", "kettle_ready"], [*GATE, "verify"], [*GATE, "none"]]
)
@pytest.mark.parametrize("broken", [False, True])
def test_fork_ends_and_tells_as_an_interpreter(
    kettle: Project, command: list[str], broken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if broken:
        kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert mode == "slow"')
    forked, real = (told(kettle, command, real=real, monkeypatch=monkeypatch) for real in (False, True))
    assert forked == real


@pytest.mark.parametrize("command", [[*GATE, "run", "--", "-s", "-v"], [*PYTEST, "-m", "kettle_ready", "-s"]])
def test_fork_finds_what_an_interpreter_finds(
    kettle: Project, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kettle.write("tests/conftest.py", STATE)
    forked, real = (told(kettle, command, real=real, monkeypatch=monkeypatch)[1] for real in (False, True))
    assert "found" in real
    assert forked == real


AT_THE_END = """import atexit
import os
import sys
import threading
import weakref


class Heated:
    def __del__(self, write=os.write):
        write(2, b"cooled\\n")


HEATED, IN_CIRCLES = Heated(), Heated()
IN_CIRCLES.itself = IN_CIRCLES
weakref.finalize(HEATED, print, "finalized", file=sys.__stderr__)
atexit.register(print, "at exit", "pytest" in sys.modules, file=sys.__stderr__)


def print_at_the_end(pytest_is_there):
    threading.main_thread().join()
    print(f"in a thread {pytest_is_there}", file=sys.__stderr__)


threading.Thread(target=print_at_the_end, args=["pytest" in sys.modules]).start()
"""
"""A conftest.py whose thread prints after pytest has captured the output of all tests."""


@pytest.mark.parametrize("command", [[*GATE, "run"], [*PYTEST, "-m", "kettle_ready"]])
def test_objects_threads_and_handlers_of_a_project_end_in_a_fork_as_in_an_interpreter(
    kettle: Project, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kettle.write("tests/conftest.py", AT_THE_END)
    ends = [told(kettle, command, real=real, monkeypatch=monkeypatch) for real in (False, True)]
    assert [ends[1][1].count(one) for one in ("cooled", "at exit True", "finalized")] == [2, 1, 1]
    assert [said.count("in a thread True") for _, said in ends] == [1, 1]
    # The thread prints when it comes to it, also within a line of another.
    forked, real = ((code, sorted(said.replace("in a thread True", "").split())) for code, said in ends)
    assert forked == real


def test_signal_that_ends_a_fork_is_its_exit_code(kettle: Project) -> None:
    kettle.write("tests/conftest.py", "import os\nos.kill(os.getpid(), 9)\n")
    assert kettle.pytest().exit_code == -9


def test_no_plugin_of_pytest_but_the_gate_is_prepared() -> None:
    (server,) = forking.FORKING
    assert not server.prepared & {"tests", "xdist", "pytest_html", "pytest_benchmark", "hypothesis"}
    assert server.prepared >= {"pytest", "jinja2", "msgspec", "unittest", "release_gate"}


HOTTER = """import pytest

pytest.raises = lambda *_, **__: None
"""
"""A plugin that, loaded before the gate, is what the gate takes for pytest's own."""


@pytest.mark.parametrize("command", [[*GATE, "run", "--", "-s"], [*PYTEST, "-m", "kettle_ready", "-s"]])
def test_gate_is_imported_after_what_is_loaded_before_it(
    kettle: Project, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kettle.write("hotter.py", HOTTER + STATE.replace("import os", "import os\n"))
    kettle.replace("pytest.ini", "[pytest]\n", "[pytest]\npythonpath = .\naddopts = -p hotter\n")
    forked, real = (told(kettle, command, real=real, monkeypatch=monkeypatch) for real in (False, True))
    assert forked == real


@pytest.mark.parametrize(
    ("arguments", "environment", "setting", "may"),
    [
        (["-m", "pytest", "-p", "release_gate", "-p", "no:html"], {"PYTEST_ADDOPTS": "-p no:xdist"}, "", False),
        (["-m", "pytest", "-p", "hotter"], {}, "", True),
        (["-m", "pytest", "-photter"], {}, "", True),
        (["-m", "pytest", "-p", "no:release_gate"], {}, "", True),
        (["-m", "pytest"], {"PYTEST_ADDOPTS": "-q -p hotter"}, "", True),
        (["-m", "pytest"], {"PYTEST_PLUGINS": "hotter"}, "", True),
        (["-m", "pytest", "-c", "other.ini"], {}, "", True),
        (["-m", "pytest", "-o", "addopts=-phot"], {}, "", True),
        (["-m", "pytest"], {}, '["-p", "hotter"]', True),
        (["-m", "pytest"], {}, '["-p", "no:html", "--pdb"]', False),
    ],
)
def test_pytest_that_may_load_something_before_the_gate_is_known(
    kettle: Project, arguments: list[str], environment: dict[str, str], setting: str, may: bool
) -> None:
    kettle.write("tox.ini", setting)
    request = {"arguments": arguments, "environment": environment, "folder": str(kettle.root)}
    assert fork_server.may_load_before_the_gate(request) is may


def test_clock_of_the_gate_is_not_that_of_the_prepared_process(kettle: Project) -> None:
    """A clock that went on since then would not notice that the system's was set meanwhile."""
    began = time.perf_counter()
    kettle.write("conftest.py", "from release_gate.record.clock import CLOCK\n\nprint('began', CLOCK._began)\n")
    ended = kettle.bare("-s")
    assert began < float(ended.output.partition("began ")[2].split()[0]), ended.output


@pytest.mark.parametrize(
    ("command", "variable", "file", "may"),
    [
        ([*PYTEST, "-q"], "", "", True),
        ([*GATE, "run"], "", "tests.txt", True),
        ([*PYTEST, "-q"], "PYTHONOPTIMIZE", "", False),
        ([*GATE, "run"], "LC_ALL", "", False),
        ([*GATE, "run"], "", "jinja2.py", False),
        ([*GATE, "run"], "", "json/decoder.py", False),
        ([sys.executable, "-c", "pass"], "", "", False),
        ([sys.executable, "-I", "-m", "pytest"], "", "", False),
        (["/bin/sh", "-c", "pass"], "", "", False),
    ],
)
def test_only_what_needs_no_interpreter_of_its_own_is_forked(
    kettle: Project, command: list[str], variable: str, file: str, may: bool
) -> None:
    (server,) = forking.FORKING
    if file:
        kettle.write(file, "")
    environment = kettle.child_environment() | ({variable: "1"} if variable else {})
    assert server.can_run(command, kettle.root, environment) is may

"""Lost readers, closed streams and full disks change neither exit code nor verdict."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from release_gate.telling.streams import forgiving
from tests.plugin.foreign import GATE, MARKER, PYTEST, Project

DOORS = {"supervised": [*GATE, "run"], "bare": [*PYTEST, "-m", MARKER]}
TITLE = ("There is water", "Há água ☕")


def ended_in_shell(kettle: Project, command: Sequence[str], redirections: str, **environment: str) -> int:
    """The exit code of the command under a shell that redirects its streams."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh", *command],
        cwd=kettle.root,
        env=kettle.child_environment() | environment,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    return done.returncode


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("redirections", ["<&- >/dev/full 2>&-", ">&- 2>/dev/null"])
def test_streams_that_are_missing_or_full_change_nothing(kettle: Project, door: str, redirections: str) -> None:
    assert ended_in_shell(kettle, DOORS[door], redirections) == 0
    assert kettle.result["verdict"] == "PASS"
    assert not kettle.blocked.exists()


@pytest.mark.parametrize("door", DOORS)
def test_reader_that_leaves_changes_nothing(kettle: Project, door: str) -> None:
    child = subprocess.Popen(
        DOORS[door], cwd=kettle.root, env=kettle.child_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None and child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    told = child.stderr.read()
    child.stderr.close()
    assert (child.wait(timeout=120), kettle.result["verdict"], told) == (0, "PASS", b"")


@pytest.mark.parametrize("door", DOORS)
def test_terminal_without_unicode_changes_nothing(kettle: Project, door: str) -> None:
    kettle.replace("pyproject.toml", *TITLE)
    ascii_only = Project(kettle.root, {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"})
    ended = ascii_only.run(DOORS[door])
    assert (ended.exit_code, kettle.result["verdict"]) == (0, "PASS"), ended.output
    assert "H\\xe1 \\xe1gua" in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize(("command", "exit_code"), [("show", 0), ("recompute", 0), ("history", 0), ("verify", 1)])
def test_commands_that_cannot_print_keep_their_exit_code(kettle: Project, command: str, exit_code: int) -> None:
    assert kettle.bare().exit_code == 0
    assert ended_in_shell(kettle, [*GATE, command], ">/dev/full 2>&1 <&-") == exit_code


def test_hangup_that_nohup_has_switched_off_ends_no_run(kettle: Project) -> None:
    hangup = "import os, signal; os.kill(os.getppid(), signal.SIGHUP); os.kill(os.getpid(), signal.SIGHUP)"
    kettle.replace("tests/test_a_water.py", "    evidence.record", f"    {hangup}\n    evidence.record")
    done = subprocess.run(
        DOORS["supervised"],
        cwd=kettle.root,
        env=kettle.child_environment(),
        capture_output=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        timeout=120,
        check=False,
    )
    assert (done.returncode, kettle.result["verdict"]) == (0, "PASS"), done.stdout


def test_forgiving_stream_drops_what_cannot_be_written() -> None:
    with Path("/dev/full").open("w") as full, forgiving(full.fileno(), "utf-8") as stream:
        assert stream.write("much\n" * 100_000) == 500_000
        stream.flush()


def test_forgiving_stream_waits_for_a_slow_reader(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    # Into a file: a pipe that is read only afterwards would fill up, and both sides would wait for ever.
    copied = tmp_path / "copied"
    with copied.open("wb") as out, subprocess.Popen(["/bin/cat"], stdin=reading, stdout=out):
        os.close(reading)
        with forgiving(writing, "ascii", own=True) as stream:
            stream.write("é" * 20_000)
    assert copied.read_bytes() == b"\\xe9" * 20_000

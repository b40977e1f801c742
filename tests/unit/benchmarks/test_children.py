"""The processes of a benchmark end with it, in every way that it can end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from benchmarks.ingestion_speed.children import ROOT, Child, ChildFailed
from benchmarks.ingestion_speed.processes import family, has_proc, parents

DEADLINE_S = 300.0
PARENT = """
import sys, time
from benchmarks.ingestion_speed.children import Child
with Child("generating", target=sys.argv[1], scale=1.9, seed=7) as child:
    child.tell(go=True)
    print(child.pid, flush=True)
    time.sleep(600)
"""

pytestmark = pytest.mark.skipif(not has_proc(), reason="families are read from /proc")


def grown(root: int) -> set[int]:
    """The process with its own child, once it has one."""
    until = time.monotonic() + DEADLINE_S
    while len(found := family([root], parents())) < 2:
        assert time.monotonic() < until, "it started nothing"
        time.sleep(0.01)
    return found


def gone(processes: set[int]) -> bool:
    """Return True if all of them end before the deadline; one that is dead but not yet reaped has ended."""
    until = time.monotonic() + DEADLINE_S
    while any(is_running(process) for process in processes):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def is_running(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_leaving_the_block_ends_a_child_and_what_it_started(tmp_path: Path) -> None:
    with Child("generating", target=str(tmp_path / "a.xlsx"), scale=1.9, seed=7) as child:
        child.tell(go=True)
        running = grown(child.pid)
    assert gone(running)


def test_what_a_killed_child_has_started_ends_with_the_block(tmp_path: Path) -> None:
    with Child("generating", target=str(tmp_path / "a.xlsx"), scale=1.9, seed=7) as child:
        child.tell(go=True)
        running = grown(child.pid)
        os.kill(child.pid, signal.SIGKILL)
    assert gone(running)


def test_a_child_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "a.xlsx")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None
        running = grown(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
    assert gone(running)


def test_a_child_that_fails_says_what_it_said_last(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.xlsx")
    with (
        Child("floors", reader="inflate", workbook=missing) as child,
        pytest.raises(ChildFailed, match=r"missing\.xlsx"),
    ):
        child.asked(go=True)


def test_a_child_answers_what_it_measured(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("part", b"eleven byte")
    with Child("floors", reader="inflate", workbook=str(tmp_path / "a.xlsx")) as child:
        found = child.asked(go=True)
    assert found["size"] == 11
    assert found["seconds"] > 0

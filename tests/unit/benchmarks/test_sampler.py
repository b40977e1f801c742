"""The fullest moment, and what a folder takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.ingestion_speed.processes import has_proc
from benchmarks.ingestion_speed.sampler import Peak, held_by, taken


def test_the_peak_is_the_fullest_moment_and_not_the_sum_of_each_ones_own() -> None:
    peak = Peak()
    for client, server in ((10, 1), (6, 6), (1, 10)):
        peak.add({"client": client, "workers": 0, "server": server})
    assert peak.as_dict() == {
        "peak_bytes": 12,
        "at_peak": {"client": 6, "workers": 0, "server": 6},
        "data_bytes": 0,
        "samples": 3,
    }


def test_a_folder_takes_what_its_files_occupy_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(os.urandom(300_000))
    (tmp_path / "link").symlink_to("/")
    assert 300_000 <= taken(tmp_path) < 400_000
    assert taken(tmp_path / "gone") == 0


@pytest.mark.skipif(not has_proc(), reason="memory is read from /proc")
def test_a_process_that_works_for_the_client_is_a_worker() -> None:
    # A client of its own: the process of the tests may have other children, such as a database server.
    worker = "print(os.getpid(), flush=True); input()"
    client = f"import subprocess, sys; subprocess.run([sys.executable, '-c', 'import os; {worker}'])"
    with subprocess.Popen([sys.executable, "-c", client], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        found = held_by(process.pid, int(process.stdout.readline()))
        process.communicate(b"\n")
    assert found["client"] > 1_000_000
    # Each is read at its own moment, and a process that starts still grows.
    assert found["workers"] == pytest.approx(found["server"], rel=0.2)
    assert found["workers"] > 1_000_000

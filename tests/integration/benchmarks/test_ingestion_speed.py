"""The benchmark of the ingestion as a person runs it, at a size at which its figures mean nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.ingestion_speed.children import ROOT
from benchmarks.ingestion_speed.presentation import BEGIN
from tests.inherited_signals import signals_as_a_terminal_gives_them  # noqa: F401 (a fixture)
from tests.integration.ingestion.factory import ORDERS, PHASES, factory, order, phase, save
from tests.integration.waiting import WITHIN_S

DEADLINE_S = float(WITHIN_S)
COMMAND = [sys.executable, str(ROOT / "benchmarks" / "ingestion.py"), "--quick", "--scales", "0.002"]

NEEDS_SIZE = {"Growth, log-log slope"}
"""A few dozen rows more may well take no longer than none on a busy machine: that is said to be not measured."""


@contextmanager
def nothing_left_behind(local: Path) -> Iterator[dict[str, str]]:
    """The environment of a benchmark that works in `local`; afterwards it has no file and no process left."""
    local.mkdir()
    yield os.environ | {"LOCAL_DIR": str(local)}
    until = time.monotonic() + DEADLINE_S
    while left := [*map(str, local.iterdir()), *processes_of(local)]:
        assert time.monotonic() < until, left
        time.sleep(0.05)


def processes_of(local: Path) -> list[str]:
    """Running processes that were started with that environment, or that work on a file of that folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ")
            known = said + process.joinpath("environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if said and bytes(local) in known:
            found.append(f"{process.name} {said.decode(errors='replace')}")
    return found


def small(path: Path) -> Path:
    """A workbook with a row that the benchmark changes, the thousandth, and few others."""
    rows = factory()
    rows[ORDERS] = [order(number) for number in range(520)]
    rows[PHASES] = [phase(number) for number in range(1040)]
    return save(path, rows)


def test_one_command_measures_every_target_and_writes_them_down(tmp_path: Path) -> None:
    workbook = small(tmp_path / "small.xlsx")
    document, record = tmp_path / "ingestion.md", tmp_path / "found.json"
    document.write_text("# Mine\n\nProse.\n", encoding="utf-8")
    with nothing_left_behind(tmp_path / "local") as environment:
        done = subprocess.run(
            [*COMMAND, "--workbook", str(workbook), "--write", str(document), "--json", str(record)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    found = json.loads(record.read_text(encoding="utf-8"))
    assert found["failures"] == {}, done.stdout + done.stderr
    unmeasured = {one["name"] for one in found["targets"] if one["verdict"] == "not measured"}
    assert unmeasured <= NEEDS_SIZE, done.stdout
    assert done.returncode == (1 if unmeasured else 0)
    assert found["loads"]["changed"][0]["rows_changed"] == found["workbook"]["cells_changed"] > 0
    assert found["loads"]["forced"][0]["rows_changed"] == 0
    assert found["memory"]["first"]["at_peak"]["server"] > 0
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"# Mine\n\nProse.\n\n{BEGIN}\n")
    assert "First load, throw-away server" in done.stdout
    assert str(tmp_path) not in text


def test_an_interrupted_benchmark_leaves_nothing_behind(tmp_path: Path) -> None:
    workbook = small(tmp_path / "small.xlsx")
    with (
        nothing_left_behind(tmp_path / "local") as environment,
        subprocess.Popen(
            [*COMMAND, "--workbook", str(workbook)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as running,
    ):
        assert running.stderr is not None
        assert next(line for line in running.stderr if "openpyxl alone" in line)
        until = time.monotonic() + DEADLINE_S
        while len(processes_of(tmp_path / "local")) < 2:  # it prints what it is about to start
            assert time.monotonic() < until
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        assert running.wait(DEADLINE_S) == 1
        assert "Traceback" not in running.stderr.read()

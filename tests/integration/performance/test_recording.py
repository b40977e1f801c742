"""pytest-benchmark holds exactly what was measured, or the recording says that it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.foreign import UNNEEDED

MODULE = """
import pytest
from app.performance.slo.slo_declaration import load_slos
from app.performance.load.load import Exchange
from app.performance.load.connection import Answer
from app.performance.load.measurement import result_of
from tests.acceptance.support.latencies.recording import OPEN_LOOP_CLOCK, record
from app.performance.load.timetable import Arrival, Request

SLO = load_slos()[0]

def result(count):
    exchanges = []
    for number in range(count):
        arrival = Arrival(number / 20, Request(SLO.name, "/", {}), 10.0, False)
        took_s = 0.0001 + number * 0.00037
        answer = Answer(200, "application/json", b"1")
        exchanges.append(Exchange(arrival, number / 20, 0.0, number / 20, number / 20 + took_s, answer))
    return result_of(SLO, exchanges, (), None)

@pytest.mark.benchmark(group="slo", timer=OPEN_LOOP_CLOCK)
def test_recorded(benchmark):
    record(benchmark, result(COUNT))

def test_with_another_timer(benchmark):
    record(benchmark, result(3))
"""


def child(folder: Path, *arguments: str, count: int = 420) -> tuple[int, str, list[dict[str, Any]]]:
    """Exit code, output and benchmarks of a session of its own."""
    (folder / "test_child.py").write_text(MODULE.replace("COUNT", str(count)), encoding="utf-8")
    target = folder / "benchmark.json"
    plain = ["-p", "no:release_gate", "-p", "no:cacheprovider", "-p", "no:xdist", f"--rootdir={folder}"]
    command = [sys.executable, "-m", "pytest", *UNNEEDED.split(), *plain, f"--benchmark-json={target}", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    written = json.loads(target.read_text(encoding="utf-8"))["benchmarks"] if target.exists() else []
    return done.returncode, done.stdout, written


def test_benchmark_json_holds_the_open_loop_latencies(tmp_path: Path) -> None:
    code, output, benchmarks = child(tmp_path, "test_child.py::test_recorded")
    assert code == 0, output
    (held,) = benchmarks
    expected = [round(0.1 + number * 0.37, 3) for number in range(420)]
    assert [round(second * 1000, 3) for second in held["stats"]["data"]] == expected
    assert held["stats"]["rounds"] == 420
    assert held["options"]["timer"] == "latency_from_intended_send_time"
    assert held["extra_info"]["sorted_ms"] == expected
    assert held["extra_info"]["p95_ms"] == expected[398]
    assert held["extra_info"]["p95_upper_bound_ms"] == expected[406]
    assert held["extra_info"]["status"] == "MET"


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["test_child.py::test_with_another_timer"], 420),
        (["test_child.py::test_recorded", "--benchmark-disable"], 420),
        (["test_child.py::test_recorded"], 0),
    ],
    ids=["another timer", "disabled", "nothing measured"],
)
def test_what_is_not_held_is_said(tmp_path: Path, arguments: list[str], count: int) -> None:
    code, output, _ = child(tmp_path, *arguments, count=count)
    assert code == 1
    assert "NotRecorded" in output

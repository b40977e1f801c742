"""A timing check beside other work, as the kernel counts it, is not measured; on a quiet machine it fails."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.performance.load import processor_split as machine
from release_gate.record.expect import Expectation, ExpectationFailed
from tests.acceptance import test_e_performance as performance
from tests.acceptance.support.watching.machine_watch import Begun, is_unjudgeable

SECONDS = 10
STOLEN = "of that 90% taken by the hypervisor"
BUSY = "other work had 90%"


class Kernel:
    """The counters of every processor, and what they counted ten seconds later."""

    def __init__(self, path: Path, patch: pytest.MonkeyPatch) -> None:
        self._path = path
        self._at = 1_000.0
        patch.setattr(machine, "STAT", path)
        patch.setattr(machine, "ticks_of", lambda *_, **__: 0)
        patch.setattr(machine, "monotonic", lambda: self._at)
        self._write(user=500, idle=500, steal=0)

    def ten_seconds_pass(self, *, busy: float, stolen: float) -> None:
        """busy and stolen: the shares of that time that other work had, and the hypervisor."""
        ticks = SECONDS * os.sysconf("SC_CLK_TCK")
        self._at += SECONDS
        used, gone = round(ticks * busy), round(ticks * stolen)
        self._write(user=500 + used, idle=500 + ticks - used - gone, steal=gone)

    def _write(self, *, user: int, idle: int, steal: int) -> None:
        numbers = sorted(os.sched_getaffinity(0))
        rows = [f"cpu{number} {user} 0 0 {idle} 0 0 0 {steal} 0 0" for number in numbers]
        self._path.write_text("\n".join([f"cpu {user} 0 0 {idle} 0 0 0 {steal} 0 0", *rows, "intr 1"]), "ascii")


class Notes:
    """Evidence that keeps why nothing was measured."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def expect(self, actual: Any, claim: str, *, source: str = "") -> Expectation:
        return Expectation(actual, claim, "", source, lambda *_, **__: None)

    def table(self, *_: Any) -> None: ...

    def not_measured(self, reason: str) -> None:
        self.reasons.append(reason)


pytestmark = pytest.mark.skipif(not machine.STAT.exists(), reason="only Linux counts processor time so")


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(tmp_path / "stat", monkeypatch)


@pytest.mark.parametrize(
    ("busy", "stolen", "in_order", "reason"),
    [
        (0.9, 0.0, False, BUSY),
        (0.9, 0.0, True, BUSY),
        (0.0, 0.9, False, STOLEN),
        (0.0, 0.9, True, STOLEN),
        (0.3, 0.0, False, "other work had 30%"),
        (0.3, 0.0, True, ""),
        (0.1, 0.0, False, ""),
    ],
)
def test_time_is_void_beside_other_work(
    kernel: Kernel, busy: float, stolen: float, in_order: bool, reason: str
) -> None:
    begun, notes = Begun.now(), Notes()
    kernel.ten_seconds_pass(busy=busy, stolen=stolen)
    assert is_unjudgeable(notes, begun.load().doubt(), in_order=in_order) is bool(reason)
    assert len(notes.reasons) == bool(reason)
    assert all("too busy to judge on" in told and reason in told for told in notes.reasons)


def ingest_slowly(begun: Begun, notes: Notes, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """E9's own function, with an ingestion of 20 s beside openpyxl's 10."""
    seconds = iter(range(0, 1_000, 20))
    patch.setattr(performance, "time", SimpleNamespace(perf_counter=lambda: next(seconds)))
    read = SimpleNamespace(returncode=0, stdout=json.dumps({"rows": 2, "seconds": 10}))
    patch.setattr(performance, "run", lambda *_: read)
    ingested = SimpleNamespace(sheets=[SimpleNamespace(rows_extracted=1)])
    backend: Any = SimpleNamespace(ingest=lambda *_, **__: ingested, environment=dict)
    backend.clone = lambda: nullcontext(backend)
    performance.test_ingesting_takes_less_time_than_merely_reading_with_openpyxl(
        backend, folder / "book.xlsx", folder, notes, begun
    )


@pytest.mark.parametrize(("busy", "stolen", "reason"), [(0.9, 0.0, BUSY), (0.0, 0.9, STOLEN)])
def test_timing_check_on_an_overloaded_machine_is_not_measured(
    kernel: Kernel, busy: float, stolen: float, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, notes = Begun.now(), Notes()
    kernel.ten_seconds_pass(busy=busy, stolen=stolen)
    ingest_slowly(begun, notes, tmp_path, monkeypatch)
    (told,) = notes.reasons
    assert reason in told


def test_timing_check_on_a_quiet_machine_fails(kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, notes = Begun.now(), Notes()
    kernel.ten_seconds_pass(busy=0.05, stolen=0.0)
    with pytest.raises(ExpectationFailed, match="median of ingestion time"):
        ingest_slowly(begun, notes, tmp_path, monkeypatch)
    assert notes.reasons == []

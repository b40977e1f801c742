"""Runs of the acceptance tests without any fault: every failure in one is a false alarm.

Each run has another workbook (seed and scale) and may have another provider or a busy machine. Results are kept in
tests/faults/clean_runs.json, of the last RUNS_KEPT seeds; a run that is repeated with its seed replaces the former one.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import msgspec

from app.workbook.sample import write_sample
from tests.faults.catalogue import FOLDER, ROOT
from tests.faults.proving import NOTHING_RAN, TIMED_OUT, WITHIN_S, run_tests
from tests.faults.witness import UNMEASURED

RESULTS = FOLDER / "clean_runs.json"
RUNS_KEPT = 60
SCALES = (0.003, 0.01, 0.02)
PROVIDERS = ("embedded", "system")
MODULES = tuple(sorted(path.name for path in (ROOT / "tests" / "acceptance").glob("test_[a-f]_*.py")))


class CleanRun(msgspec.Struct, frozen=True):
    """One run. busy: processes that kept the machine busy beside it. failed: a line for each check that failed.

    not_measured: checks that refused to judge on that machine, which is no failure.
    """

    day: str
    seed: int
    scale: float
    provider: str
    busy: int
    checks: int
    failed: tuple[str, ...]
    not_measured: tuple[str, ...]
    seconds: float


def clean_run(seed: int, busy: int) -> CleanRun:
    """Run all acceptance tests on an unchanged copy of the tree; workbook and provider follow from the seed."""
    chosen = Random(f"clean run {seed}")
    scale, provider = chosen.choice(SCALES), chosen.choice(PROVIDERS)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="proof_workbook_") as folder, kept_busy(busy):
        workbook = Path(folder) / "sample.xlsx"
        write_sample(workbook, scale=scale, seed=seed)
        try:
            entries, output = run_tests([], workbook, MODULES, options=("--postgres", provider))
        except subprocess.TimeoutExpired:
            entries, output = [], f"{TIMED_OUT} after {WITHIN_S} s"
    failed = [f"{one['check']}: {one.get('root_cause')}" for one in entries if one["outcome"] == "failed"]
    unmeasured = sorted({one["check"] for one in entries if one["outcome"] == UNMEASURED})
    if not entries:
        failed = [f"{NOTHING_RAN}: {' '.join(output.split())[-300:]}"]
    return CleanRun(
        day=time.strftime("%Y-%m-%d", time.gmtime()),
        seed=seed,
        scale=scale,
        provider=provider,
        busy=busy,
        checks=len({one["check"] for one in entries}),
        failed=tuple(failed),
        not_measured=tuple(unmeasured),
        seconds=round(time.monotonic() - begun, 1),
    )


@contextmanager
def kept_busy(processes: int) -> Iterator[None]:
    """Keep this many processes computing beside the block."""
    busy = [multiprocessing.Process(target=_compute, args=(os.getpid(),), daemon=True) for _ in range(processes)]
    for process in busy:
        process.start()
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.join()


def _compute(parent: int) -> None:
    while os.getppid() == parent:
        sum(range(1_000_000))


def clean_runs() -> list[CleanRun]:
    """The runs on record, oldest first."""
    return msgspec.json.decode(RESULTS.read_bytes(), type=list[CleanRun]) if RESULTS.is_file() else []


def keep(run: CleanRun) -> None:
    """Add a run to the record, in the place of a former one with the same seed."""
    by_seed = {one.seed: one for one in [*clean_runs(), run]}
    runs = sorted(by_seed.values(), key=lambda one: one.seed)[-RUNS_KEPT:]
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(runs), indent=1) + b"\n")
